#pragma once

#include <filesystem>

#include "ops/writer_session.hpp"
#include "valise/backup.hpp"

namespace valise {

/// Backs up one database: capture, container, state, entry. `path` is canonical.
[[nodiscard]] BackupSummary backup_source(WriterSession& session, const Run& run,
                                          const std::filesystem::path& path,
                                          const BackupOptions& options);

}  // namespace valise
