#pragma once

#include "storage/storage.hpp"
#include "valise/copy.hpp"

namespace valise {

/// The verb on any two storages, or twice the same one. See valise/copy.hpp.
[[nodiscard]] CopyReport copy_between(Storage& from, Storage& to, const Run& run,
                                      const CopyOptions& options, const UnlockSource& unlock,
                                      const CopyEvents& events = {});

}  // namespace valise
