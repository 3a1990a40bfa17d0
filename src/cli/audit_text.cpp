#include "cli/audit_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

// Rows are printed in parts of about this size.
constexpr std::size_t kFlushBytes = 16 * 1024;
// A device's name has at most 32 bytes; the column is as wide as the longest one needs.
constexpr std::size_t kDeviceColumnsMax = 32;
constexpr int kLevelCount = 4;

struct Level {
  const char* name;
  const char* meaning;
};

const Level& level_words(int level) noexcept {
  static constexpr std::array<Level, kLevelCount> kLevels{
      {{"L0 listed", "the header says so"},
       {"L1 signed", "authorised by the owner, in an unbroken log"},
       {"L2 drilled", "each agent has opened this very backup"},
       {"L3 rebuilt", "exactly these readers, and the content decrypts"}}};
  return kLevels.at(static_cast<std::size_t>(std::clamp(level, 0, kLevelCount - 1)));
}

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

std::string glance_text(const AuditedVault& vault) {
  std::string text = format_count_of(vault.backup_count, "backup");
  if (vault.backup_count == 0) {
    text += ".\n";
  } else {
    text += fmt::format(": {} end-to-end (only the owner can open), {} escrowed.\n",
                        format_count(vault.e2ee), format_count(vault.escrowed));
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
    text += fmt::format(
        "  {:<10}  {:>7}  the slot of the key at hand is the one that it opens, and "
        "the content decrypts\n",
        "own slot", format_count(vault.own_slots));
  }
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
    if (code == "missing") continue;  // The words before say it.
    notes += (notes.empty() ? "" : ", ") + printable(code);
  }
  return notes.empty() ? "" : "  ! " + notes;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? text + std::string(width - have, ' ') : text;
}

}  // namespace

std::string openers_text(bool escrow, unsigned k, std::size_t agents) {
  if (!escrow) return "END-TO-END: only the owner";
  if (agents == 1) return "ESCROWED: the owner, or this agent";
  if (k == 1) return "ESCROWED: the owner, or any one of these agents";
  return fmt::format("ESCROWED: the owner, or any {} of these agents together", k);
}

const char* level_name(int level) noexcept { return level_words(level).name; }
const char* level_meaning(int level) noexcept { return level_words(level).meaning; }

std::string agent_reach(const AuditedAgent& agent) {
  const std::uint64_t together = agent.backups - std::min(agent.alone, agent.backups);
  if (agent.backups == 0) return "can open no backup";
  if (together == 0)
    return fmt::format("can open {} alone", format_count_of(agent.alone, "backup"));
  if (agent.alone == 0) {
    return fmt::format("can open {} with other agents", format_count_of(together, "backup"));
  }
  return fmt::format("can open {} alone and {} with other agents",
                     format_count_of(agent.alone, "backup"), format_count(together));
}

std::string checkpoint_text(const CheckpointLine& line) {
  return fmt::format("{} {} {} {}", printable(line.signer), line.seq, printable(line.entry_id),
                     printable(line.vault));
}

const AuditedPolicy* policy_of(const AuditedVault& vault, const std::string& id) {
  for (const AuditedPolicy& policy : vault.policies) {
    if (policy.id == id) return &policy;
  }
  return nullptr;
}

void AuditText::add(const std::string& text) {
  buffer_ += text;
  if (buffer_.size() >= kFlushBytes) flush();
}

void AuditText::flush() {
  if (!buffer_.empty()) print_(buffer_);
  buffer_.clear();
}

void AuditText::begin(const AuditedVault& vault) {
  any_finding_ = false;
  source_.clear();
  policy_.clear();
  source_number_ = 0;
  device_columns_ = 0;
  for (const AuditedDevice& device : vault.devices) {
    device_columns_ =
        std::clamp(columns(printable(device.name)), device_columns_, kDeviceColumnsMax);
  }
  if (!first_vault_) add("\n");
  first_vault_ = false;
  add(fmt::format("Vault {} ({})\n", printable_path(vault.folder), printable(vault.vault_id)));
  add(fmt::format("Owner {}\n  {}\n", printable(vault.owner),
                  vault.pinned ? "compared: a card, or this device's memory, holds the same key"
                               : "NOT compared with a key held outside of the vault: see --pin"));
  add(glance_text(vault));
}

void AuditText::begin_group(const AuditedVault& vault, const AuditedBackup& row) {
  if (row.source != source_) {
    ++source_number_;
    stretch_number_ = 0;
  }
  const AuditedSource* source =
      source_number_ <= vault.sources.size() ? &vault.sources[source_number_ - 1] : nullptr;
  if (row.source != source_) {
    add(fmt::format("\nSource {}{}\n", short_id(row.source),
                    source == nullptr ? ""
                                      : fmt::format(" of {}, {}{}", printable(source->device),
                                                    format_count_of(source->backups, "backup"),
                                                    source->overdue ? ", OVERDUE" : "")));
  }
  source_ = row.source;
  policy_ = row.policy;
  ++stretch_number_;
  const AuditedPolicy* policy = policy_of(vault, row.policy);
  const auto& readers = policy == nullptr ? row.readers : policy->readers;
  const auto agents = std::count_if(readers.begin(), readers.end(),
                                    [](const AuditedReader& one) { return !one.reader.owner; });
  std::string heading =
      fmt::format("  {}", openers_text(row.escrow, row.k, static_cast<std::size_t>(agents)));
  if (policy != nullptr || row.policy_since != 0) {
    heading += ", since " + format_time(policy == nullptr ? row.policy_since : policy->since);
  } else {
    heading += ", by a policy that the owner never signed";
  }
  if (source != nullptr && stretch_number_ <= source->stretches.size()) {
    heading += "; " + format_count_of(source->stretches[stretch_number_ - 1].backups, "backup");
  }
  add(heading + "\n" + readers_text(readers));
}

void AuditText::backup(const AuditedVault& vault, const AuditedBackup& row) {
  if (row.source != source_ || row.policy != policy_) begin_group(vault, row);
  add(fmt::format("    {}  {}  {:<9}  {:<10}  {} {}{}\n", short_id(row.snapshot),
                  format_time(row.time), row.full ? "full" : "increment", level_name(row.level),
                  padded(printable(row.device), device_columns_), row.seq, notes_text(row)));
}

void AuditText::finding(const AuditedVault& vault, const AuditFinding& finding) {
  if (!any_finding_) {
    add(fmt::format("\n{}:\n",
                    format_count_of(std::max<std::uint64_t>(vault.finding_count(), 1), "finding")));
  }
  any_finding_ = true;
  add(fmt::format("  {}  {}  {}\n", severity_text(finding.severity), printable(finding.code),
                  printable_about(finding.object, finding.message)));
}

void AuditText::end(const AuditedVault& vault) {
  if (!any_finding_) add("\nNo findings.\n");
  if (!vault.checkpoint.empty()) {
    add("\nCheckpoint (signer, number and id of each one's last entry, vault; keep these lines\n"
        "elsewhere and give them to the next audit with --checkpoint):\n");
    for (const CheckpointLine& line : vault.checkpoint) add(checkpoint_text(line) + "\n");
  }
  flush();
}

void AuditText::unreadable(const std::filesystem::path& folder, const Error& error) {
  if (!first_vault_) add("\n");
  first_vault_ = false;
  add(fmt::format("Vault {}\n  NOT AUDITED: {}\n", printable_path(folder),
                  printable(error.what())));
  flush();
}

void AuditText::total(const AuditTotal& total) {
  if (several_) {
    add(fmt::format(
        "\nAll vaults: {} audited, {} of them with errors; {} that could not be "
        "audited.\n  {}: {} end-to-end, {} escrowed.\n  {}, {}.\n",
        format_count(total.vaults), format_count(total.vaults_with_errors),
        format_count(total.unreadable), format_count_of(total.backups, "backup"),
        format_count(total.e2ee), format_count(total.escrowed),
        format_count_of(total.errors, "error"), format_count_of(total.warnings, "warning")));
  }
  add("\nWhat no audit can prove:\n");
  for (const std::string& limit : audit_limits()) add("  - " + limit + "\n");
  flush();
}

}  // namespace valise::cli
