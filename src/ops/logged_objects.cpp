#include "ops/logged_objects.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "vault/device_log.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// The device's claims of an id stand together at the end, and where one is given up, so are those
// before it.
void give_up_own(const Device& device, const Bytes16& bid, LoggedObjects& logged) {
  const auto found = logged.backups.find(bid);
  if (found == logged.backups.end()) return;
  std::vector<LoggedBackup>& claims = found->second;
  for (auto claim = claims.rbegin(); claim != claims.rend(); ++claim) {
    if (claim->entry.header.signer != device.pk || claim->pruned) return;
    claim->pruned = true;
  }
}

// A device prunes only what it wrote itself, and nothing any more once it is revoked: else a thief
// and the storage's host could make backups go without a trace.
void take_device_log(const Vault& vault, const RootChain& roots, const Device& device,
                     const std::set<Bytes16>& by_owner, LoggedObjects& logged) {
  DeviceLog log = read_device_log(vault, roots, device);
  for (LogProblem& problem : log.problems) logged.problems.push_back(std::move(problem));
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    Entry& entry = log.entries[i];
    if (log.good(i)) logged.named.insert(entry.header.prev);
    if (const auto* prune = entry.as<PrunePayload>()) {
      if (log.good(i)) logged.prunes.push_back(entry_object(device.pk, entry.header.seq));
      for (const Bytes16& bid : prune->bids) {
        if (log.good(i)) give_up_own(device, bid, logged);
      }
    } else if (const auto* backup = entry.as<BackupPayload>()) {
      if (log.good(i)) logged.named.insert(backup->parent);
      const bool pruned = by_owner.contains(backup->bid);
      logged.backups[backup->bid].push_back({std::move(entry), log.good(i), pruned});
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
    if (device.revoked) {
      logged.named.insert(device.revoked->last_good);
    } else {
      logged.live.insert(pk);
    }
  }
  if (!roots.policies().empty()) {
    for (const DeviceHead& head : roots.policy().as<PolicyPayload>()->devices) {
      logged.heads[head.device_pk] = head.seq;
    }
  }
  const std::set<Bytes16> by_owner(roots.pruned().begin(), roots.pruned().end());
  for (const Entry& prune : roots.prunes()) {
    logged.prunes.push_back(entry_object(vault.root_pk(), prune.header.seq));
  }
  for (const Bytes32& signer : log_signers(vault)) {
    if (signer == vault.root_pk()) continue;
    if (const Device* device = roots.find_device(signer)) {
      take_device_log(vault, roots, *device, by_owner, logged);
    } else {
      on_problem({"uncertified", log_folder(signer),
                  log_folder(signer) + ": the owner never enrolled this device"});
    }
  }
  vault.storage().scan(kDamagedFolder, [&](ObjectInfo object) {
    if (object.name.starts_with(set_aside_name(kLogFolder, 1))) {
      logged.set_aside.insert(std::move(object.name));
    }
  });
  return logged;
}

const LoggedBackup* LoggedObjects::claim_of(const Entry& carried) const {
  const auto found = backups.find(carried.as<BackupPayload>()->bid);
  if (found == backups.end()) return nullptr;
  const LoggedBackup* same = nullptr;
  bool any_good = false;
  for (const LoggedBackup& claim : found->second) {
    any_good = any_good || claim.good;
    // One that counts may stand beside its double that does not.
    if (claim.entry.bytes == carried.bytes && (same == nullptr || claim.good)) same = &claim;
  }
  return same != nullptr && (same->good || !any_good) ? same : nullptr;
}

bool LoggedObjects::keeps(const Bytes16& bid) const {
  const auto found = backups.find(bid);
  return found != backups.end() && std::any_of(found->second.begin(), found->second.end(),
                                               [](const LoggedBackup& c) { return !c.pruned; });
}

}  // namespace valise
