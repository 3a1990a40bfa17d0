#pragma once

#include "storage/storage.hpp"
#include "valise/scrub.hpp"

namespace valise {

/// The verb on any storage. See valise/scrub.hpp.
[[nodiscard]] ScrubReport scrub_in(Storage& storage, const Run& run, const ScrubOptions& options);

}  // namespace valise
