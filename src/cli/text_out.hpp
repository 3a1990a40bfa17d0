#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "valise/backup.hpp"
#include "valise/list.hpp"
#include "valise/policy.hpp"
#include "valise/reader.hpp"
#include "valise/restore.hpp"
#include "valise/scrub.hpp"
#include "valise/sources.hpp"
#include "valise/verify.hpp"

namespace valise::cli {

// What people read. Everything that comes from a vault or a file name passes through printable().

/// "999 bytes", "1.2 KB", "471.0 MB": decimal units.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);
/// "1,234,567"
[[nodiscard]] std::string format_count(std::uint64_t count);
/// "1 message", "2 messages"; `many` where a plural is not the word and an s.
[[nodiscard]] std::string format_count_of(std::uint64_t count, std::string_view one,
                                          std::string_view many = {});
/// "2026-01-31 08:00:12 UTC"; a time beyond the year 9999, which a vault may claim, is cut to it.
[[nodiscard]] std::string format_time(UnixSeconds time);
/// "2026-01-31"
[[nodiscard]] std::string format_day(UnixSeconds time);
/// "0.8 s", "12 s", "3 min 20 s"
[[nodiscard]] std::string format_seconds(double seconds);
/// The first eight digits: enough to name a snapshot in a vault of one user's life.
[[nodiscard]] std::string short_id(std::string_view id);
[[nodiscard]] std::string printable_path(const std::filesystem::path& path);
/// "object: message", or the message alone where it begins with the object itself.
[[nodiscard]] std::string printable_about(std::string_view object, std::string_view message);

/// "only the owner", or "the owner, or any 2 of 3 agents: Mara, Notary, Uncle".
[[nodiscard]] std::string format_readers(const std::vector<Reader>& readers, unsigned k);
/// "end-to-end: only the owner", or "escrow: " and who else, with fingerprints.
[[nodiscard]] std::string format_policy(const PolicyView& policy);

/// Columns, two blanks between them, none at a line's end. The first row is the heading; column
/// numbers in `right` are aligned to the right.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows,
                                       const std::vector<std::size_t>& right);

[[nodiscard]] std::string list_text(const std::vector<SnapshotRow>& rows);
/// "2,000 messages, 2024-01-01 to 2024-03-23, 12 attachment files", or why it cannot be read.
[[nodiscard]] std::string source_content(const SourceRow& row);
[[nodiscard]] std::string sources_text(const SourcesReport& report);
[[nodiscard]] std::string backup_text(const BackupSummary& summary);
[[nodiscard]] std::string restore_text(const RestoreResult& result);
[[nodiscard]] std::string verify_text(const VerifyReport& report);
[[nodiscard]] std::string scrub_text(const ScrubReport& report);

}  // namespace valise::cli
