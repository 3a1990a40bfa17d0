#include <algorithm>

#include "base/error.hpp"
#include "ops/writer_session.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

const Device& find_self(const RootChain& roots, const Credential& credential,
                        const std::string& place) {
  const Device* self = roots.find_device(credential.signing_key().public_key());
  if (self == nullptr) {
    throw Error(ErrorKind::corrupt, place + "/log: the owner's log no longer names this device");
  }
  if (self->revoked) {
    throw Error(ErrorKind::not_found,
                "this device was revoked by the owner; enrol it anew with "
                "\"valise key add-device\"");
  }
  return *self;
}

Secret open_psks(const Entry& policy, const Device& self, const Credential& credential) {
  std::optional<Secret> psks =
      open_policy_psks(policy, credential.signing_key().public_key(), credential.device_psk.view());
  if (!psks && self.entry.as<DevicePayload>()->policy == policy.id) {
    psks = open_device_psks(self.entry, credential.device_psk.view());
  }
  if (!psks) {
    throw Error(ErrorKind::wrong_key,
                "the owner's newest policy does not open for this device; the owner should sign "
                "it again with \"valise policy set\"");
  }
  return std::move(*psks);
}

// Where the vault was put back from a copy that lacks the policy in force, this device has it, as
// the owner signed it: no backup under it could be opened by anybody before it stands there again.
void put_back_policy(const Vault& vault, const Entry& known, const Run& run) {
  const RootChain roots = RootChain::read(vault);
  const LogHead& head = roots.head();
  if (head.seq + 1 != known.header.seq || head.entry_id != known.header.prev) return;
  publish_entry(vault, known);
  if (run.on_warning) {
    run.on_warning(entry_object(vault.root_pk(), known.header.seq) +
                   ": the owner's policy in force was missing, and was put back as this device "
                   "knows it; run \"valise audit\"");
  }
}

}  // namespace

bool WriterSession::adopt_policy(const Run& run) {
  const std::string place = vault.storage().describe();
  if (turn == Turn::write && highest_seq(vault, vault.root_pk()) < policy.header.seq) {
    put_back_policy(vault, policy, run);
    rolled_back = true;  // That it was missing is told of this run all the same.
  }
  if (highest_seq(vault, vault.root_pk()) < credential.root.seq) {
    rolled_back = true;
    return false;
  }
  const RootChain roots = RootChain::read(vault);
  roots.require_sound();
  if (roots.id_at(credential.root.seq) != credential.root.entry_id) {
    throw Error(ErrorKind::corrupt, place +
                                        "/log: the owner's log is not the one that this device "
                                        "knows; run \"valise audit\"");
  }
  const Device& self = find_self(roots, credential, place);
  const Entry& newest = roots.policy();
  const bool changed = newest.id != policy.id;
  if (changed) {
    credential.psks = open_psks(newest, self, credential);
    credential.policy = newest.bytes;
    policy = newest;
  }
  if (changed || credential.root.seq != roots.head().seq) {
    credential.root = {roots.head().seq, roots.head().entry_id};
    keep_credential(run);
  }
  return changed;
}

bool WriterSession::was_overtaken(const Run& run, const Entry& published) {
  if (!adopt_policy(run)) return false;
  const RootChain roots = RootChain::read(vault);
  // The first policy after the entry's own tells: what a later one names is the same or newer.
  const std::vector<Entry>& policies = roots.policies();
  auto first = std::find_if(policies.begin(), policies.end(), [&](const Entry& one) {
    return one.id == published.as<BackupPayload>()->policy;
  });
  if (first == policies.end() || ++first == policies.end()) return true;
  for (const DeviceHead& head : first->as<PolicyPayload>()->devices) {
    if (head.device_pk == published.header.signer) return head.seq < published.header.seq;
  }
  return true;
}

}  // namespace valise
