#include "crypto/random.hpp"

#include <sodium.h>

namespace valise {

void fill_random(MutableByteSpan bytes) noexcept {
  if (!bytes.empty()) randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace valise
