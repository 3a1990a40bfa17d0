#include "cli/audit_wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

struct Level {
  const char* name;
  const char* meaning;
};

const Level& level_words(int level) noexcept {
  static constexpr std::array<Level, kLevelCount> kLevels{
      {{"L0 listed", "the header says so"},
       {"L1 signed", "authorised by the owner, in an unbroken log"},
       {"L2 drilled", "each agent has opened this very backup"},
       {"L3 rebuilt", "exactly these readers; database and catalog decrypt, packs are not read"}}};
  return kLevels.at(static_cast<std::size_t>(std::clamp(level, 0, kLevelCount - 1)));
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

std::string take_more_text(const AuditedVault& vault) {
  if (vault.take_more == 0) return {};
  return fmt::format("{} {} more agents than this one: not rebuilt",
                     format_count_of(vault.take_more, "backup"),
                     vault.take_more == 1 ? "takes" : "take");
}

std::string pruned_text(const AuditedVault& vault) {
  if (vault.pruned == 0) return {};
  return fmt::format("{} more backup{} pruned and {} gone", format_count(vault.pruned),
                     vault.pruned == 1 ? " was" : "s were", vault.pruned == 1 ? "is" : "are");
}

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
  return fmt::format("{} {} {}{}{}", printable(line.signer), line.seq, printable(line.entry_id),
                     line.vault.empty() ? "" : " ", printable(line.vault));
}

std::string unused_lines_text(const AuditTotal& total) {
  return format_count_of(total.checkpoint_unused, "line") +
         " of the checkpoint could be compared with no vault: it is not among these (another may "
         "stand in its place), or its log is gone";
}

std::string source_key(const AuditedBackup& row) { return row.source + ' ' + row.signer; }

std::string kind_text(const AuditedBackup& row) {
  return std::string(row.full ? "full" : "increment") + (row.copy ? ", copy" : "");
}

std::size_t agent_count(const std::vector<AuditedReader>& readers) {
  return static_cast<std::size_t>(std::count_if(
      readers.begin(), readers.end(), [](const AuditedReader& one) { return !one.reader.owner; }));
}

const AuditedPolicy* policy_of(const AuditedVault& vault, const std::string& id) {
  for (const AuditedPolicy& policy : vault.policies) {
    if (policy.id == id) return &policy;
  }
  return nullptr;
}

}  // namespace valise::cli
