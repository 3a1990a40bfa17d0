#pragma once

#include <cstdint>
#include <string>

#include "cli/json_out.hpp"
#include "valise/backup.hpp"

namespace valise::cli {

/// One `file` line of a backup.
[[nodiscard]] Json notice_json(const FileNotice& notice);
/// "missing: Attachments/a.jpg, 12 KB".
[[nodiscard]] std::string notice_text(const FileNotice& notice);
/// Whether it is shown even where nobody asked for all of them: what made the backup incomplete.
[[nodiscard]] bool is_failure(const FileNotice& notice) noexcept;
/// The part of a summary about attachments: one line, or nothing where there are none.
[[nodiscard]] std::string files_text(const FileCounts& counts, bool dry_run);
/// "2 attachments are only in 1 media pack that cannot be read (...)", and what to do about it.
[[nodiscard]] std::string lost_packs_text(const FileCounts& counts);
/// Puts the counts into a `summary`.
void set_files(Json& summary, const FileCounts& counts);

}  // namespace valise::cli
