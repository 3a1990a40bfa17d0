#pragma once

#include <filesystem>

#include "ops/file_notices.hpp"
#include "ops/live_source.hpp"
#include "ops/writer_session.hpp"
#include "valise/backup.hpp"

namespace valise {

/// Backs up one database: capture, container, state, entry. `path` is canonical. Of its files it
/// tells `notices`, and not options.on_file.
[[nodiscard]] BackupSummary backup_source(WriterSession& session, const Run& run,
                                          const std::filesystem::path& path,
                                          const BackupOptions& options, FileNotices& notices,
                                          const HoldLimits& limits);

}  // namespace valise
