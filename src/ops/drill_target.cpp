#include "ops/drill_target.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "format/slot.hpp"
#include "vault/agent_share.hpp"
#include "vault/object_names.hpp"

namespace valise {

DrilledBackup drill_row(const DrillTarget& target) {
  DrilledBackup row;
  row.snapshot = hex(target.backup().bid);
  row.time = target.time;
  row.agent = target.policy->agents[target.slot - 1U].name;
  row.slot = target.slot;
  return row;
}

SignedDrill sign_target(const DrillTarget& target, const RootKeys& agent, UnixSeconds now) {
  const Secret share = open_agent_share(*target.entry, *target.policy, target.slot, agent,
                                        "backup " + hex(target.backup().bid));
  Drill drill;
  drill.vault_id = target.entry->header.vault_id;
  drill.entry_id = target.entry->id;
  drill.slot = target.slot;
  drill.time = now;
  drill.receipt = array_of<32>(slot_receipt(share.view(), target.backup().bid, target.slot).view());
  return sign_drill(drill, agent.signing());
}

// Throws Error(corrupt) unless the bytes are the drill of this agent for this slot of this backup.
void check_drill_fits(ByteSpan bytes, const DrillTarget& target, const std::string& object) {
  const Drill drill = parse_drill(bytes, target.policy->agents[target.slot - 1U].sign_pk, object);
  if (drill.vault_id != target.entry->header.vault_id || drill.entry_id != target.entry->id ||
      drill.slot != target.slot ||
      !drill_fits(drill, slot_proof(target.backup().slots[target.slot]))) {
    throw Error(ErrorKind::corrupt, object + ": it does not fit the slot it names");
  }
}

// False when the vault holds a sound drill for this slot already: one proves it for ever.
bool put_drill(const Vault& vault, const DrillTarget& target, const SignedDrill& drill) {
  const ObjectName name = drill_object(target.entry->id, target.slot);
  if (put_object(vault.storage(), name, drill)) return true;
  try {
    check_drill_fits(read_object(vault.storage(), name, kDrillBytes), target, name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::limit) throw;
    throw Error(ErrorKind::corrupt, name +
                                        ": something that is no drill stands in its place; move it "
                                        "aside with \"valise scrub --quarantine\"");
  }
  return false;
}

}  // namespace valise
