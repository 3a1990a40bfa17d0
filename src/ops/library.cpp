#include "valise/valise.hpp"

namespace valise {

void start() { start_crypto(); }

const char* version() noexcept { return VALISE_VERSION; }

}  // namespace valise
