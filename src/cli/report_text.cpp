// The reports of the single verbs, for people.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/files_out.hpp"
#include "cli/notice_out.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

// The shortest prefix, of eight digits at least, under which no two rows are the same: what is
// printed can be typed.
std::size_t id_digits(const std::vector<SnapshotRow>& rows) {
  std::vector<std::string> ids;
  for (const SnapshotRow& row : rows) ids.push_back(row.snapshot);
  std::sort(ids.begin(), ids.end());
  std::size_t digits = 8;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const auto end =
        std::mismatch(ids[i].begin(), ids[i].end(), ids[i - 1].begin(), ids[i - 1].end());
    digits = std::max(digits, static_cast<std::size_t>(end.first - ids[i].begin()) + 1);
  }
  return digits;
}

std::string row_readers(const SnapshotRow& row) {
  std::string names = "owner";
  for (const Reader& reader : row.readers) {
    if (!reader.owner) names += ", " + printable(reader.name);
  }
  return names;
}

// The names that several sources have.
std::set<std::string> shared_names(const std::vector<SnapshotRow>& rows) {
  std::map<std::string, std::string> sources;
  std::set<std::string> shared;
  for (const SnapshotRow& row : rows) {
    if (!row.name) continue;
    const auto [found, fresh] = sources.emplace(*row.name, row.source);
    if (!fresh && found->second != row.source) shared.insert(*row.name);
  }
  return shared;
}

// What --source takes: the name, and where several have it the beginning of the id besides.
std::string source_label(const SnapshotRow& row, const std::set<std::string>& shared) {
  if (!row.name) return short_id(row.source);
  if (!shared.contains(*row.name)) return printable(*row.name);
  return printable(*row.name) + " (" + short_id(row.source) + ")";
}

std::string row_kind(const SnapshotRow& row) {
  return std::string(row.full ? "full" : "increment") + (row.origin ? ", copy" : "");
}

std::string row_policy(const SnapshotRow& row) {
  if (row.policy != "escrow") return printable(row.policy);
  const auto agents = std::count_if(row.readers.begin(), row.readers.end(),
                                    [](const Reader& reader) { return !reader.owner; });
  return fmt::format("escrow {} of {}", row.k, agents);
}

std::string check_text(CheckLevel check) {
  if (check == CheckLevel::none) return "every page as it was backed up, the message count";
  return fmt::format("every page as it was backed up, the message count, SQLite's {} check",
                     check == CheckLevel::quick ? "quick" : "full");
}

std::string problems_text(const std::vector<std::string>& problems) {
  if (problems.empty()) return {};
  std::string text =
      "The bytes are those that were backed up, but SQLite finds fault with them: the database\n"
      "was like this already when it was backed up.\n";
  for (const std::string& problem : problems) text += "  " + printable(problem) + "\n";
  return text;
}

std::string verified_files_text(const VerifiedSnapshot& snapshot) {
  if (snapshot.files == 0) return {};
  return fmt::format(", {} ({})", format_count_of(snapshot.files, "file"),
                     format_bytes(snapshot.files_bytes));
}

std::string refused_files_text(const VerifiedSnapshot& snapshot) {
  if (snapshot.files_refused.count == 0) return {};
  return fmt::format("; {} would not come back with the others",
                     format_count_of(snapshot.files_refused.count, "file"));
}

/// Nothing for a backup that has no files, or where none were asked for.
std::string restored_files_text(const RestoreResult& result) {
  std::string text;
  const std::uint64_t lost = result.files_damaged.count + result.files_refused.count;
  if (result.files + result.links + lost > 0 || result.database.empty()) {
    text += fmt::format("  {}, {}", format_count_of(result.files, "file"),
                        format_bytes(result.files_bytes));
    if (result.links > 0) text += ", " + format_count_of(result.links, "symlink");
    text += result.database.empty() ? ".\n"
                                    : fmt::format(", below {}.\n", printable_path(result.folder));
  }
  if (result.files_missing > 0) {
    text += fmt::format("  {} ({}) had no content that could be taken when the backup was made.\n",
                        format_count_of(result.files_missing, "file"),
                        format_bytes(result.files_missing_bytes));
  }
  if (lost == 0) return text;
  text += file_faults_text(result.files_damaged, "DAMAGED") +
          file_faults_text(result.files_refused, "NOT RESTORED");
  return text +
         fmt::format("{} did not come back; the others did.\n", format_count_of(lost, "file"));
}

}  // namespace

std::string list_text(const std::vector<SnapshotRow>& rows) {
  if (rows.empty()) return "No snapshots yet. Make one: valise backup DATABASE\n";
  const std::size_t digits = id_digits(rows);
  std::vector<std::vector<std::string>> table{
      {"ID", "TIME (UTC)", "SOURCE", "KIND", "MESSAGES", "SIZE", "POLICY", "READERS"}};
  const std::set<std::string> namesakes = shared_names(rows);
  for (const SnapshotRow& row : rows) {
    std::string time = format_time(row.shown_time());
    time.resize(time.size() - std::string_view(" UTC").size());
    table.push_back({printable(row.snapshot.substr(0, digits)), time, source_label(row, namesakes),
                     row_kind(row), row.messages ? format_count(*row.messages) : "?",
                     row.present ? format_bytes(row.bytes) : "missing", row_policy(row),
                     row_readers(row)});
  }
  return format_table(table, {4, 5});
}

std::string backup_text(const BackupSummary& summary) {
  const std::string source = printable_path(summary.source.filename());
  std::string text = source + ": ";
  if (summary.dry_run) text += "would make ";
  text += summary.full ? "a full backup" : "an increment";
  if (!summary.snapshot.empty()) text += " " + short_id(summary.snapshot);
  if (summary.full && !summary.why_full.empty()) text += " (" + printable(summary.why_full) + ")";
  text += fmt::format(": {}", format_count_of(summary.messages, "message"));
  text += summary.full ? ", " + format_count_of(summary.pages, "page")
                       : fmt::format(", {} of {} changed", format_count(summary.pages_changed),
                                     format_count_of(summary.pages, "page"));
  if (!summary.dry_run) {
    text += fmt::format(", {} added to the vault", format_bytes(summary.bytes_added));
  }
  text += fmt::format(", {}.\n", format_seconds(summary.seconds));
  text += files_text(summary.files, summary.dry_run);
  text += fmt::format("  Who can open it: {}.\n", format_readers(summary.readers, summary.k));
  text += fmt::format("  App: {}, schema version {}", printable(summary.profile),
                      printable(summary.schema_version));
  if (!summary.absent_tables.empty()) {
    text += fmt::format("; not there: table {}", fmt::join(summary.absent_tables, ", table "));
  }
  text += ".\n";
  return text;
}

std::string restore_text(const RestoreResult& result) {
  const bool database = !result.database.empty();
  std::string text =
      fmt::format("Restored {}{} as it was on {}\n  to {}\n", database ? "" : "files of ",
                  short_id(result.snapshot), format_time(result.time),
                  printable_path(database ? result.database : result.folder));
  if (database) {
    text += fmt::format("  {}, {}, from {}, {}.\n  Checked: {}.\n",
                        format_count_of(result.messages, "message"), format_bytes(result.bytes),
                        format_count_of(result.chain_length, "container"),
                        format_seconds(result.seconds), check_text(result.check));
  }
  return text + restored_files_text(result) + problems_text(result.check_problems);
}

std::string verify_text(const VerifyReport& report) {
  std::string text;
  for (const VerifiedSnapshot& snapshot : report.snapshots) {
    text += fmt::format("{}  {}  ", short_id(snapshot.snapshot), format_time(snapshot.time));
    if (snapshot.ok) {
      text += fmt::format("would restore, {}{}{}\n", format_count_of(snapshot.messages, "message"),
                          verified_files_text(snapshot), refused_files_text(snapshot));
    } else if (snapshot.files_damaged.count > 0) {
      text += fmt::format("WOULD RESTORE WITHOUT {} of {}\n",
                          format_count(snapshot.files_damaged.count),
                          format_count_of(snapshot.files, "file"));
      text += file_faults_text(snapshot.files_damaged, "  DAMAGED");
    } else {
      text += fmt::format("WOULD NOT RESTORE: {}\n", printable(snapshot.problem));
    }
    text += file_faults_text(snapshot.files_refused, "  NOT RESTORED");
    text += problems_text(snapshot.check_problems);
  }
  const std::size_t count = report.snapshots.size();
  if (report.failed == 0) {
    return text + fmt::format("{} verified, {}.\n", format_count_of(count, "snapshot"),
                              format_seconds(report.seconds));
  }
  return text + fmt::format("{} of {} would not restore whole, {}.\n", format_count(report.failed),
                            format_count_of(count, "snapshot"), format_seconds(report.seconds));
}

std::string scrub_text(const ScrubReport& report) {
  std::string text;
  for (const ScrubFinding& finding : report.findings) {
    text += fmt::format("{}  {}{}\n", finding.error ? "ERROR" : "note ",
                        printable_about(finding.object, finding.problem),
                        finding.quarantined ? "; moved to damaged/" : "");
  }
  text += fmt::format("{} read, {}, {}: ", format_count_of(report.objects, "object"),
                      format_bytes(report.bytes), format_seconds(report.seconds));
  if (report.errors == 0) return text + "every byte is as it was written.\n";
  return text + fmt::format("{} damaged or missing.\n", format_count_of(report.errors, "object"));
}

}  // namespace valise::cli
