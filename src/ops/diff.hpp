#pragma once

#include "storage/storage.hpp"
#include "valise/diff.hpp"

namespace valise {

/// The verb on any storage. See valise/diff.hpp.
[[nodiscard]] DiffResult diff_in(Storage& storage, const Run& run, const DiffOptions& options,
                                 const UnlockSource& unlock,
                                 const std::function<void(const FileChange&)>& on_change);

}  // namespace valise
