// The report of what can be backed up, and is.

#include <fmt/format.h>

#include "cli/json_out.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

// The profiles' times lie between 1990 and 2100.
std::string day_of(std::int64_t time) { return format_day(static_cast<UnixSeconds>(time)); }

Json time_or_null(const std::optional<std::int64_t>& time) {
  return time ? Json(rfc3339(*time)) : Json(nullptr);
}

std::string state_line(const SourceRow& row) {
  if (!row.backed_up && !row.problem.empty()) return "Not backed up.";
  if (!row.backed_up) return "Not backed up: valise backup " + printable_path(row.path);
  if (!row.last_backup) return "Backed up; when, this device does not know.";
  return "Backed up, last on " + format_time(*row.last_backup) + ".";
}

}  // namespace

std::string source_content(const SourceRow& row) {
  if (!row.problem.empty()) return "cannot be read: " + printable(row.problem);
  std::string text = row.profile == "sqlite" ? format_count_of(row.messages, "row")
                                             : format_count_of(row.messages, "message");
  if (row.first_message && row.last_message) {
    text += ", " + day_of(*row.first_message) + " to " + day_of(*row.last_message);
  }
  if (row.attachments > 0) text += ", " + format_count_of(row.attachments, "attachment file");
  if (row.attachments_outside > 0) {
    text += fmt::format(" and {} elsewhere", format_count(row.attachments_outside));
  }
  return text;
}

std::string sources_text(const SourcesReport& report) {
  std::string text;
  for (const SourceRow& row : report.sources) {
    text += fmt::format("{}  {}\n  {}", row.profile.empty() ? "?" : printable(row.profile),
                        printable_path(row.path), source_content(row));
    if (!row.schema_version.empty()) {
      text += fmt::format("; schema version {}", printable(row.schema_version));
    }
    if (!row.absent_tables.empty()) {
      text += fmt::format("; not there: table {}", fmt::join(row.absent_tables, ", table "));
    }
    text += "\n";
    if (report.vault_problem.empty()) text += "  " + state_line(row) + "\n";
  }
  if (report.sources.empty()) {
    text += fmt::format(
        "No app's database stands at its usual place{}. Any database can be backed up:\n"
        "  valise backup DATABASE\n",
        report.vault_problem.empty() ? ", and nothing is backed up here" : "");
  }
  if (!report.vault_problem.empty()) {
    text += fmt::format("What is backed up is not known: {}.\n", printable(report.vault_problem));
  }
  return text;
}

Json source_row_json(const SourceRow& row) {
  Json out{{"type", "source"}};
  set_path(out, "path", row.path);
  out["profile"] = row.profile.empty() ? Json(nullptr) : Json(row.profile);
  out["installed"] = row.installed;
  out["backed_up"] = row.backed_up;
  out["last_backup"] = row.last_backup ? Json(rfc3339(*row.last_backup)) : Json(nullptr);
  out["readable"] = row.problem.empty();
  if (!row.problem.empty()) {
    out["problem"] = row.problem;
    return out;
  }
  out["schema_version"] = row.schema_version;
  out["absent_tables"] = row.absent_tables;
  out["messages"] = row.messages;
  out["first_message"] = time_or_null(row.first_message);
  out["last_message"] = time_or_null(row.last_message);
  out["attachments"] = row.attachments;
  out["attachments_outside"] = row.attachments_outside;
  return out;
}

}  // namespace valise::cli
