#include "ops/logged_objects.hpp"

#include "base/error.hpp"
#include "vault/device_log.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// A device prunes only what it wrote itself, and nothing any more once it is revoked: else a thief
// and the storage's host could make backups go without a trace.
void take_device_log(const Vault& vault, const RootChain& roots, const Device& device,
                     LoggedObjects& logged) {
  DeviceLog log = read_device_log(vault, roots, device);
  for (LogProblem& problem : log.problems) logged.problems.push_back(std::move(problem));
  std::set<Bytes16> own;
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    Entry& entry = log.entries[i];
    if (log.good(i)) logged.named.insert(entry.header.prev);
    if (const auto* prune = entry.as<PrunePayload>()) {
      if (log.good(i)) logged.prunes.push_back(entry_object(device.pk, entry.header.seq));
      for (const Bytes16& bid : prune->bids) {
        if (log.good(i) && own.contains(bid)) logged.pruned.insert(bid);
      }
    } else if (const auto* backup = entry.as<BackupPayload>()) {
      const Bytes16 bid = backup->bid;
      own.insert(bid);
      if (log.good(i)) {
        logged.named.insert(backup->parent);
        logged.backups.insert_or_assign(bid, std::move(entry));
      } else {
        logged.backups.try_emplace(bid, std::move(entry));
      }
    }
  }
}

}  // namespace

LoggedObjects read_logged_objects(const Vault& vault) {
  LoggedObjects logged;
  const auto on_problem = [&](LogProblem problem) {
    logged.problems.push_back(std::move(problem));
  };
  RootChain roots;
  const auto on_owner_entry = [&](Entry entry) {
    const ObjectName name = entry_object(vault.root_pk(), entry.header.seq);
    try {
      roots.add(std::move(entry));
    } catch (const Error& error) {
      on_problem({"owner-log", name, error.what()});
    }
  };
  walk_log(vault, vault.root_pk(), {}, on_owner_entry, on_problem);
  for (const Entry& policy : roots.policies()) {
    logged.policies[policy.id] = policy.as<PolicyPayload>()->agents;
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      logged.named.insert(head.entry_id);
    }
  }
  for (const auto& [pk, device] : roots.devices()) {
    if (device.revoked) logged.named.insert(device.revoked->last_good);
  }
  if (!roots.policies().empty()) {
    for (const DeviceHead& head : roots.policy().as<PolicyPayload>()->devices) {
      logged.heads[head.device_pk] = head.seq;
    }
  }
  logged.pruned.insert(roots.pruned().begin(), roots.pruned().end());
  for (const Entry& prune : roots.prunes()) {
    logged.prunes.push_back(entry_object(vault.root_pk(), prune.header.seq));
  }
  for (const Bytes32& signer : log_signers(vault)) {
    if (signer == vault.root_pk()) continue;
    if (const Device* device = roots.find_device(signer)) {
      take_device_log(vault, roots, *device, logged);
    } else {
      on_problem({"uncertified", log_folder(signer),
                  log_folder(signer) + ": the owner never enrolled this device"});
    }
  }
  return logged;
}

}  // namespace valise
