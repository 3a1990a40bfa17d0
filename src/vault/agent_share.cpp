#include "vault/agent_share.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "format/slot.hpp"

namespace valise {

std::optional<std::uint8_t> agent_slot(const PolicyPayload& policy,
                                       const Bytes32& agent_pk) noexcept {
  const auto found = std::find_if(policy.agents.begin(), policy.agents.end(),
                                  [&](const Agent& agent) { return agent.pk == agent_pk; });
  if (found == policy.agents.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - policy.agents.begin() + 1);
}

Secret open_agent_share(const Entry& entry, const PolicyPayload& policy, std::uint8_t slot,
                        const RootKeys& agent, const std::string& object) {
  const auto& backup = *entry.as<BackupPayload>();
  const std::string& name = policy.agents.at(slot - 1U).name;
  std::optional<Secret> share;
  if (slot < backup.slots.size()) {
    share = open_slot(backup.slots[slot], slot_context(entry.header, backup), slot, agent.sk(),
                      agent.pk(), agent.psk());
  }
  if (!share) {
    throw Error(ErrorKind::corrupt,
                fmt::format("{}: slot {} does not open with the key of its reader \"{}\": who made "
                            "the backup did not seal it to this agent",
                            object, slot, name));
  }
  if (backup.k == 1) check_commitment(entry, share->view(), object);
  return std::move(*share);
}

bool commitment_fits(const Entry& entry, ByteSpan dek) {
  const auto& backup = *entry.as<BackupPayload>();
  const Bytes32 commit =
      backup_commitment(dek, backup_commitment_input(entry.body(), backup.slots.size()));
  return equal_secret(commit, backup.commit);
}

void check_commitment(const Entry& entry, ByteSpan dek, const std::string& object) {
  if (commitment_fits(entry, dek)) return;
  throw Error(ErrorKind::corrupt, object + ": its header does not match its key (commitment)");
}

}  // namespace valise
