#include "vault/snapshot_index.hpp"

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "vault/container_reader.hpp"
#include "vault/device_log.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace

std::string Snapshot::id() const { return hex(backup().bid); }

void SnapshotIndex::take_device_log(const Vault& vault, const RootChain& roots,
                                    const Device& device) {
  UnixSeconds latest = 0;
  DeviceLog log = read_device_log(vault, roots, device);
  for (LogProblem& problem : log.problems) take_problem(std::move(problem));
  // A device gives up what it wrote before.
  std::map<Bytes16, std::size_t> pruned_at;
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    const auto* prune = log.entries[i].as<PrunePayload>();
    if (prune == nullptr || !log.good(i)) continue;
    for (const Bytes16& bid : prune->bids) pruned_at.insert_or_assign(bid, i);
  }
  for (const Bytes16& bid : roots.pruned()) pruned_at.insert_or_assign(bid, log.entries.size());
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    Entry& entry = log.entries[i];
    // What does not count does not make what comes after it later either.
    if (log.good(i)) latest = std::max<UnixSeconds>(latest, entry.header.time);
    const auto* backup = entry.as<BackupPayload>();
    if (backup == nullptr) continue;
    const auto pruned = pruned_at.find(backup->bid);
    if (pruned != pruned_at.end() && pruned->second > i) continue;
    const ObjectName name = entry_object(entry.header.signer, entry.header.seq);
    const Entry* policy = roots.find_policy(backup->policy);
    if (log.standing[i] == Standing::refused) {
      problems_.push_back({"revoked", name, name + ": made by a device after it was revoked"});
    } else if (policy == nullptr ||
               policy->as<PolicyPayload>()->agents.size() + 1 != backup->slots.size()) {
      problems_.push_back({"policy", name, name + ": its policy is not one that the owner signed"});
    } else if (log.standing[i] == Standing::doubtful) {
      problems_.push_back(
          {"revoked", name,
           name +
               ": its device was revoked, and nothing that the owner signed leads to it any "
               "more: backup " +
               hex(backup->bid) + " may be a thief's, and opens by its full id only"});
      const UnixSeconds time = entry.header.time;
      doubtful_.push_back({std::move(entry), &device, time, true});
    } else {
      snapshots_.push_back({std::move(entry), &device, latest});
    }
  }
}

void SnapshotIndex::take_problem(LogProblem problem) {
  if (problem.unsound) problem.message += std::string("; it is passed over") + kMoveAside;
  problems_.push_back(std::move(problem));
}

SnapshotIndex SnapshotIndex::read(const Vault& vault, const RootChain& roots) {
  SnapshotIndex index;
  for (const LogProblem& problem : roots.unsound()) index.take_problem(problem);
  for (const auto& [pk, device] : roots.devices()) index.take_device_log(vault, roots, device);
  std::stable_sort(index.snapshots_.begin(), index.snapshots_.end(),
                   [](const Snapshot& a, const Snapshot& b) { return a.time < b.time; });
  std::map<Bytes16, std::vector<std::size_t>> claims;
  for (std::size_t i = 0; i < index.snapshots_.size(); ++i) {
    const Snapshot& snapshot = index.snapshots_[i];
    index.by_entry_.emplace(snapshot.entry.id, i);
    claims[snapshot.backup().bid].push_back(i);
  }
  for (const auto& [bid, claimants] : claims) {
    if (claimants.size() > 1) index.settle_claims(vault, bid, claimants);
  }
  return index;
}

// Any writer can claim the id of another's backup. Only the entry that the container carries can be
// restored from it: the others name nothing.
void SnapshotIndex::settle_claims(const Vault& vault, const Bytes16& bid,
                                  const std::vector<std::size_t>& claimants) {
  const ObjectName object = container_object(bid);
  const std::string several = object + ": several entries claim this backup, and ";
  const Snapshot* bearer = nullptr;
  std::string fault;
  try {
    bearer = by_entry(ContainerReader::open(vault, bid).entry().id);
    if (bearer == nullptr) fault = several + "its container carries none of them";
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    fault = several + (vault.storage().size(object) ? "its container cannot be read"
                                                    : "its container is missing");
  }
  if (bearer == nullptr) {
    problems_.push_back({"duplicate", object, fault + "; run \"valise audit\""});
    unsettled_.emplace(bid, std::move(fault));
    return;
  }
  for (const std::size_t claimant : claimants) {
    Snapshot& snapshot = snapshots_[claimant];
    if (&snapshot == bearer) continue;
    snapshot.empty_claim = true;
    problems_.push_back({"duplicate", object,
                         entry_object(snapshot.entry.header.signer, snapshot.entry.header.seq) +
                             ": it claims the id of backup " + snapshot.id() +
                             " for the device \"" + snapshot.device->name +
                             "\", and the container of that id carries an entry of \"" +
                             bearer->device->name +
                             "\": there is nothing to restore by this one, and it is passed over"});
  }
}

const Snapshot* SnapshotIndex::by_entry(const Bytes32& entry_id) const noexcept {
  const auto found = by_entry_.find(entry_id);
  return found == by_entry_.end() ? nullptr : &snapshots_[found->second];
}

const Snapshot* SnapshotIndex::find_doubtful(
    const std::function<bool(const Snapshot&)>& wanted) const noexcept {
  const auto found = std::find_if(doubtful_.begin(), doubtful_.end(), wanted);
  return found == doubtful_.end() ? nullptr : &*found;
}

bool SnapshotIndex::names_id(std::string_view name) {
  return name != "latest" && !end_of_day(name);
}

const Snapshot& SnapshotIndex::find(std::string_view name,
                                    const std::function<bool(const Snapshot&)>& wanted) const {
  const auto day = end_of_day(name);
  const std::string prefix = lower(name);
  const bool by_id = names_id(name);
  if (by_id && (name.size() < 4 || name.size() > 32 || !is_hex(name))) {
    throw Error(ErrorKind::usage, "\"" + std::string(name) +
                                      "\" names no snapshot: give \"latest\", an id of 4 or more "
                                      "hex digits, or a date as 2026-01-31");
  }
  const Snapshot* found = nullptr;
  for (const Snapshot& snapshot : snapshots_) {
    if (snapshot.empty_claim || !wanted(snapshot)) continue;
    if (by_id) {
      if (!snapshot.id().starts_with(prefix)) continue;
      if (found != nullptr) {
        if (found->backup().bid == snapshot.backup().bid) {
          throw Error(ErrorKind::corrupt,
                      unsettled_.at(snapshot.backup().bid) + "; run \"valise audit\"");
        }
        throw Error(ErrorKind::usage, "\"" + prefix + "\" names several snapshots: " + found->id() +
                                          ", " + snapshot.id() + "; give more digits");
      }
    } else if (day && snapshot.time > *day) {
      continue;
    }
    found = &snapshot;
  }
  if (found != nullptr) return *found;
  const Snapshot* doubtful = find_doubtful([&](const Snapshot& snapshot) {
    return by_id && snapshot.id() == prefix && wanted(snapshot);
  });
  if (doubtful != nullptr) return *doubtful;
  throw Error(ErrorKind::not_found,
              snapshots_.empty()
                  ? "the vault holds no snapshot yet; make one with \"valise backup\""
                  : "there is no snapshot \"" + std::string(name) + "\"; see \"valise list\"");
}

std::vector<const Snapshot*> SnapshotIndex::chain_of(const Snapshot& snapshot) const {
  std::vector<const Snapshot*> chain{&snapshot};
  while (!chain.back()->backup().is_full()) {
    const Snapshot& child = *chain.back();
    const Snapshot* parent = by_entry(child.backup().parent);
    if (parent == nullptr && child.doubtful) {
      parent = find_doubtful(
          [&](const Snapshot& other) { return other.entry.id == child.backup().parent; });
    }
    const std::string object = "backup " + child.id();
    if (parent == nullptr) {
      throw Error(ErrorKind::corrupt, object +
                                          ": the log no longer holds the backup it builds on "
                                          "(entry " +
                                          hex(child.backup().parent) + ")");
    }
    if (parent->entry.header.signer != child.entry.header.signer ||
        parent->backup().source != child.backup().source ||
        parent->backup().policy != child.backup().policy ||
        parent->entry.header.seq >= child.entry.header.seq) {
      throw Error(ErrorKind::corrupt,
                  object + ": it builds on a backup of another device, source or policy");
    }
    if (chain.size() >= kChainLengthMax) {
      throw Error(ErrorKind::corrupt, object + ": its chain is longer than valise makes them");
    }
    chain.push_back(parent);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

}  // namespace valise
