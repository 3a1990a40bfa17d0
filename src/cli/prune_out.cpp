#include "cli/prune_out.hpp"

#include <fmt/format.h>

#include <string_view>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

std::string joined_reasons(const PruneRow& row) {
  std::string text;
  for (const std::string& reason : row.reasons) text += (text.empty() ? "" : ", ") + reason;
  return printable(text);
}

std::string kind_word(const PruneRow& row) {
  return std::string(row.full ? "full" : "increment") + (row.copy ? ", a copy" : "");
}

// The first row of each source has its name above it.
std::string source_heading(const PruneRow& row) {
  return (row.name ? printable(*row.name) + " " : std::string()) + "(source " +
         short_id(row.source) + ")\n";
}

std::string count_freed(std::uint64_t count, std::string_view what, std::uint64_t bytes) {
  return fmt::format("{}, {}", format_count_of(count, what), format_bytes(bytes));
}

}  // namespace

std::string prune_plan_text(const PruneReport& report, bool dry_run) {
  std::string text;
  std::vector<std::vector<std::string>> table;
  const auto end_source = [&] {
    if (!table.empty()) text += format_table(table, {4});
    table.clear();
  };
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    const PruneRow& row = report.rows[i];
    if (i == 0 || report.rows[i - 1].source != row.source) {
      end_source();
      text += source_heading(row);
    }
    std::string time = format_time(row.time);
    time.resize(time.size() - std::string_view(" UTC").size());
    const char* goes = dry_run ? "would go" : "goes";
    table.push_back({"  " + short_id(row.snapshot), time, row.keep ? "stays" : goes, kind_word(row),
                     row.bytes > 0 ? format_bytes(row.bytes) : "missing", joined_reasons(row)});
  }
  end_source();
  if (report.rows.empty()) text = "This device has no snapshots in the vault.\n";
  if (report.other_devices > 0) {
    text += fmt::format("{} of other devices: each device prunes its own.\n",
                        format_count_of(report.other_devices, "snapshot"));
  }
  return text;
}

std::string prune_text(const PruneReport& report, bool dry_run) {
  std::string text;
  if (report.copied > 0) {
    text += fmt::format("{} {} into a new chain", dry_run ? "Would copy" : "Copied",
                        format_count_of(report.copied, "snapshot"));
    text += dry_run ? ", so that the old chain can go.\n"
                    : fmt::format(", {} added.\n", format_bytes(report.bytes_added));
  }
  for (const ChainLeft& left : report.chains_left) {
    text += fmt::format("Chain {} is left as it is: {}.\n", short_id(left.chain),
                        printable(left.reason));
  }
  const std::uint64_t removed = report.pruned + report.leftovers + report.orphans;
  text += fmt::format("{} {}, {} kept.\n", dry_run ? "Would remove" : "Removed",
                      count_freed(removed, "container", report.bytes_freed), report.kept);
  if (report.held > 0) {
    text += fmt::format(
        "{} {} kept because later ones lack attachments that {} may have: put the files back from "
        "there, and back up, or let {} go with --drop-missing.\n",
        format_count_of(report.held, "snapshot"), report.held == 1 ? "is" : "are",
        report.held == 1 ? "it" : "they", report.held == 1 ? "it" : "them");
  }
  if (report.leftovers > 0) {
    text += fmt::format("  {} of them left by an earlier prune that was cut short.\n",
                        format_count(report.leftovers));
  }
  if (report.orphans > 0) {
    text += fmt::format("  {} of them left by backups that were cut short.\n",
                        format_count(report.orphans));
  }
  if (report.packs > 0) {
    text += fmt::format("{} {} that no container names any more.\n",
                        dry_run ? "Would remove" : "Removed",
                        count_freed(report.packs, "media pack", report.pack_bytes));
  }
  if (!report.packs_wait.empty()) {
    text += "No media pack was collected: " + printable(report.packs_wait) + ".\n";
  }
  if (report.packs_later) {
    text +=
        "Media packs that only what was removed has named go with a later prune, from a day on.\n";
  }
  return text;
}

Json prune_row_json(const PruneRow& row) {
  Json out{{"type", "snapshot"},
           {"snapshot", row.snapshot},
           {"action", row.keep ? "keep" : "prune"},
           {"time", rfc3339(row.time)},
           {"source", row.source}};
  out["name"] = row.name ? Json(*row.name) : Json(nullptr);
  out["kind"] = row.full ? "full" : "increment";
  out["copy"] = row.copy;
  out["bytes"] = row.bytes;
  out["reasons"] = row.reasons;
  return out;
}

Json prune_json(const PruneReport& report, bool dry_run) {
  Json left = Json::array();
  for (const ChainLeft& one : report.chains_left) {
    left.push_back({{"chain", one.chain}, {"reason", one.reason}});
  }
  return {{"type", "summary"},
          {"pruned", report.pruned},
          {"kept", report.kept},
          {"held", report.held},
          {"other_devices", report.other_devices},
          {"leftovers", report.leftovers},
          {"orphans", report.orphans},
          {"bytes_freed", report.bytes_freed},
          {"packs", report.packs},
          {"pack_bytes", report.pack_bytes},
          {"packs_wait", report.packs_wait},
          {"packs_later", report.packs_later},
          {"copied", report.copied},
          {"chains_left", left},
          {"bytes_added", report.bytes_added},
          {"failed", report.failures.size()},
          {"dry_run", dry_run}};
}

}  // namespace valise::cli
