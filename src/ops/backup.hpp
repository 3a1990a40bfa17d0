#pragma once

#include "ops/live_source.hpp"
#include "storage/storage.hpp"
#include "valise/backup.hpp"

namespace valise {

/// The verb on any storage. See valise/backup.hpp.
[[nodiscard]] BackupReport backup_to(Storage& storage, const Run& run, const BackupOptions& options,
                                     const std::function<void(const BackupSummary&)>& on_summary,
                                     const std::function<void(const Error&)>& on_failure = {},
                                     const HoldLimits& limits = {});

}  // namespace valise
