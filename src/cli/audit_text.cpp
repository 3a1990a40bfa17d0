#include "cli/audit_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

// Backups of one source under one policy, as they follow each other.
struct Group {
  std::string source;
  std::string policy;
  std::vector<const AuditedBackup*> backups;
};

std::vector<Group> group_backups(const AuditReport& report) {
  std::vector<Group> groups;
  for (const AuditedBackup& backup : report.backups) {
    if (groups.empty() || groups.back().source != backup.source ||
        groups.back().policy != backup.policy) {
      groups.push_back({backup.source, backup.policy, {}});
    }
    groups.back().backups.push_back(&backup);
  }
  return groups;
}

std::string level_text(int level) {
  static constexpr std::array<const char*, 4> kNames{
      "L0 listed: its header says so", "L1 signed: authorised by the owner",
      "L2 drilled: an agent has opened it", "L3 rebuilt: exactly these readers, proven"};
  if (level < 0 || level >= static_cast<int>(kNames.size())) return fmt::format("L{}", level);
  return kNames.at(static_cast<std::size_t>(level));
}

std::string drill_text(const AuditedReader& reader) {
  if (!reader.drilled) return "not drilled: it is not proven that this agent can";
  if (!reader.last_drilled) return "drilled";
  return "drilled, last on " + format_day(*reader.last_drilled);
}

std::string glance_text(const AuditReport& report) {
  std::string text = format_count_of(report.backups.size(), "backup");
  if (report.backups.empty()) return text + ".\n";
  text += fmt::format(": {} end-to-end (only the owner can open), {} escrowed.\n",
                      format_count(report.e2ee), format_count(report.escrowed));
  std::map<std::string, std::uint64_t> opened;
  for (const AuditedBackup& backup : report.backups) {
    for (const AuditedReader& audited : backup.readers) {
      if (audited.reader.owner) continue;
      const std::string how =
          backup.k > 1 ? fmt::format(" with {} others", backup.k - 1) : " alone";
      ++opened[printable(audited.reader.name) + how];
    }
  }
  for (const auto& [who, count] : opened) {
    text += fmt::format("  Besides the owner, {} can open {}.\n", who,
                        format_count_of(count, "backup"));
  }
  return text;
}

std::string readers_text(const AuditedBackup& backup) {
  std::string text;
  for (const AuditedReader& audited : backup.readers) {
    if (audited.reader.owner) continue;
    text += fmt::format("    agent {}  {}  {}\n", printable(audited.reader.name),
                        printable(audited.reader.fingerprint), drill_text(audited));
  }
  return text;
}

std::string openers_text(const AuditedBackup& backup) {
  if (!backup.escrow) return "END-TO-END: only the owner";
  const auto agents = std::count_if(backup.readers.begin(), backup.readers.end(),
                                    [](const AuditedReader& one) { return !one.reader.owner; });
  if (agents == 1) return "ESCROWED: the owner, or this agent";
  if (backup.k == 1) return "ESCROWED: the owner, or any one of these agents";
  return fmt::format("ESCROWED: the owner, or any {} of these agents together", backup.k);
}

std::string group_text(const Group& group) {
  const AuditedBackup& first = *group.backups.front();
  std::string text =
      fmt::format("  {}, since {}\n", openers_text(first), format_time(first.policy_since));
  text += readers_text(first);
  std::vector<std::vector<std::string>> rows;
  for (const AuditedBackup* backup : group.backups) {
    std::string notes = backup->present ? "" : "container missing";
    for (const std::string& code : backup->findings) {
      notes += (notes.empty() ? "" : ", ") + printable(code);
    }
    rows.push_back({"    " + short_id(backup->snapshot), format_time(backup->time),
                    backup->full ? "full" : "increment",
                    fmt::format("{} {}", printable(backup->device), backup->seq),
                    level_text(backup->level), notes.empty() ? "" : "! " + notes});
  }
  return text + format_table(rows, {});
}

const char* severity_text(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "note   ";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "ERROR  ";
}

std::string findings_text(const AuditReport& report) {
  if (report.findings.empty()) return "No findings.\n";
  std::vector<const AuditFinding*> findings;
  for (const AuditFinding& finding : report.findings) findings.push_back(&finding);
  std::stable_sort(
      findings.begin(), findings.end(),
      [](const AuditFinding* a, const AuditFinding* b) { return a->severity > b->severity; });
  std::string text = format_count_of(findings.size(), "finding") + ":\n";
  for (const AuditFinding* finding : findings) {
    text +=
        fmt::format("  {}  {}  {}\n", severity_text(finding->severity), printable(finding->code),
                    printable_about(finding->object, finding->message));
  }
  return text;
}

}  // namespace

std::string checkpoint_text(const AuditReport& report) {
  std::string text;
  for (const CheckpointLine& line : report.checkpoint) {
    text += fmt::format("{} {} {}\n", printable(line.signer), line.seq, printable(line.entry_id));
  }
  return text;
}

std::string audit_text(const AuditReport& report, const std::filesystem::path& vault) {
  std::string text =
      fmt::format("Vault {} ({})\n", printable_path(vault), printable(report.vault_id));
  text +=
      fmt::format("Owner {}\n  {}\n", printable(report.owner),
                  report.pinned ? "compared: a card, or this device's memory, holds the same key"
                                : "NOT compared with a key held outside of the vault: see --pin");
  text += glance_text(report);
  std::string source;
  for (const Group& group : group_backups(report)) {
    if (group.source != source) text += fmt::format("\nSource {}\n", short_id(group.source));
    source = group.source;
    text += group_text(group);
  }
  text += "\n" + findings_text(report);
  if (!report.checkpoint.empty()) {
    text +=
        "\nCheckpoint (signer, number and id of each one's last entry; keep these lines elsewhere\n"
        "and give them to the next audit with --checkpoint):\n" +
        checkpoint_text(report);
  }
  text += "\nWhat no audit can prove:\n";
  for (const std::string& limit : audit_limits()) text += "  - " + limit + "\n";
  return text;
}

}  // namespace valise::cli
