#pragma once

#include "storage/storage.hpp"
#include "valise/verify.hpp"

namespace valise {

/// The verb on any storage. See valise/verify.hpp.
[[nodiscard]] VerifyReport verify_in(Storage& storage, const Run& run, const VerifyOptions& options,
                                     const UnlockSource& unlock);

}  // namespace valise
