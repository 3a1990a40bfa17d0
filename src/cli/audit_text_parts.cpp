#include "cli/audit_text_parts.hpp"

#include <fmt/format.h>

#include "cli/audit_wording.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

std::string drilled_text(const AuditedReader& reader) {
  if (!reader.drilled) return "not drilled: it is not proven that this agent can";
  if (!reader.last_drilled) return "drilled";
  return "drilled, last on " + format_day(*reader.last_drilled);
}

std::string last_drill_text(const AuditedAgent& agent) {
  if (!agent.last_drilled) return "never drilled";
  return fmt::format("last drilled {} on backup {}", format_day(*agent.last_drilled),
                     short_id(agent.last_drilled_backup));
}

std::string agent_text(const AuditedAgent& agent) {
  const std::string name = printable(agent.name);
  const std::string reach =
      agent.alone > 0 && agent.alone == agent.backups
          ? fmt::format("{} alone can open {}", name, format_count_of(agent.alone, "backup"))
          : name + " " + agent_reach(agent);
  return fmt::format("  Besides the owner, {}.\n    {}  {}\n", reach, printable(agent.fingerprint),
                     last_drill_text(agent));
}

}  // namespace

std::string pin_text(const AuditedVault& vault) {
  if (!vault.pinned) return "NOT compared with a key held outside of the vault: see --pin";
  if (vault.pinned_card.empty()) {
    return "compared: this device's memory, or the owner's own key, is the same";
  }
  return "compared: the card " + printable_path(vault.pinned_card) + " holds the same key";
}

std::string glance_text(const AuditedVault& vault) {
  std::string text = format_count_of(vault.backup_count, "backup");
  if (vault.backup_count == 0) {
    text += ".\n";
  } else {
    text += fmt::format(": {} end-to-end (only the owner can open), {} escrowed.\n",
                        format_count(vault.e2ee), format_count(vault.escrowed));
  }
  if (vault.pruned > 0) text += pruned_text(vault) + ".\n";
  if (!vault.policies.empty()) {
    const AuditedPolicy& now = vault.policies.back();
    text += fmt::format("In force since {}: {}.\n", format_time(now.since),
                        openers_text(now.escrow, now.k, agent_count(now.readers)));
  }
  for (const AuditedAgent& agent : vault.agents) text += agent_text(agent);
  if (vault.backup_count == 0) return text;
  text += "Proven so far:\n";
  for (int level = 0; level < kLevelCount; ++level) {
    const std::uint64_t count = vault.levels.at(static_cast<std::size_t>(level));
    if (count == 0) continue;
    text += fmt::format("  {:<10}  {:>7}  {}\n", level_name(level), format_count(count),
                        level_meaning(level));
  }
  if (vault.own_slots > 0) {
    text += fmt::format("  {:<10}  {:>7}  {}\n", "own slot", format_count(vault.own_slots),
                        kOwnSlotMeaning);
  }
  if (vault.take_more > 0) text += "  " + take_more_text(vault) + "\n";
  return text;
}

std::string readers_text(const std::vector<AuditedReader>& readers) {
  std::string text;
  for (const AuditedReader& audited : readers) {
    if (audited.reader.owner) continue;
    text += fmt::format("    agent {}  {}  {}\n", printable(audited.reader.name),
                        printable(audited.reader.fingerprint), drilled_text(audited));
  }
  return text;
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

std::string notes_text(const AuditedBackup& row) {
  std::string notes = row.present ? "" : "container missing";
  for (const std::string& code : row.findings) {
    if (code == "missing" && !row.present) continue;  // The words before say it.
    notes += (notes.empty() ? "" : ", ") + (code == "missing" ? "packs missing" : printable(code));
  }
  return notes.empty() ? "" : "  ! " + notes;
}

}  // namespace valise::cli
