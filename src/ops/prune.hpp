#pragma once

#include "storage/storage.hpp"
#include "valise/prune.hpp"

namespace valise {

/// The verb on any storage. See valise/prune.hpp.
[[nodiscard]] PruneReport prune_in(Storage& storage, const Run& run, const PruneOptions& options,
                                   const UnlockSource& unlock,
                                   const std::function<void(const PruneReport&)>& on_plan = {});

}  // namespace valise
