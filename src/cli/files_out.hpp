#pragma once

#include <cstdint>
#include <string>

#include "cli/json_out.hpp"
#include "cli/session.hpp"
#include "valise/diff.hpp"
#include "valise/files.hpp"
#include "valise/restore.hpp"
#include "valise/verify.hpp"

namespace valise::cli {

// Attachment files, for people and as JSON.

/// The whole seconds of a file's time, downwards: it may lie before 1970.
[[nodiscard]] std::int64_t mtime_seconds(std::int64_t mtime_ns);

/// "present", "missing" or "link".
[[nodiscard]] const char* file_state_name(SnapshotFileState state) noexcept;
/// "rw-r--r--      1.2 MB  2026-01-31 08:00:12  a/b.jpg" and a newline; missing ones are marked.
[[nodiscard]] std::string file_line(const SnapshotFile& file);
[[nodiscard]] std::string listed_files_text(const ListedFiles& listed);
/// "+ a/b.jpg (1.2 MB)" and a newline; '-' for what went, '~' for what changed.
[[nodiscard]] std::string change_line(const FileChange& change);
[[nodiscard]] std::string diff_text(const DiffResult& result);
/// "LABEL  path: problem", a line each, and how many more there are.
[[nodiscard]] std::string file_faults_text(const FileFaults& files, const std::string& label);

[[nodiscard]] Json file_json(const SnapshotFile& file);
[[nodiscard]] Json listed_files_json(const ListedFiles& listed);
[[nodiscard]] Json change_json(const FileChange& change);
[[nodiscard]] Json diff_json(const DiffResult& result);
[[nodiscard]] Json file_faults_json(const FileFaults& files);

/// The whole report of a restore; with --quiet only where files did not come back.
void print_restored(Session& session, const RestoreResult& result);
/// 0, or the exit code for files that did not come back.
[[nodiscard]] int exit_code_of(const RestoreResult& result) noexcept;
/// 0, or the exit code for snapshots that would not restore, or for files that would not come back.
[[nodiscard]] int exit_code_of(const VerifyReport& report) noexcept;

}  // namespace valise::cli
