#include "vault/device_log.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

std::vector<Entry> read_lost_entries(const Vault& vault, const GoodEntries& good) {
  std::vector<Entry> lost;
  for (const Bytes16& bid : good.lost()) {
    try {
      lost.push_back(ContainerReader::open(vault, bid).entry());
    } catch (const Error& error) {
      // It was there a moment ago.
      if (error.kind() == ErrorKind::storage) throw;
    }
  }
  std::sort(lost.begin(), lost.end(),
            [](const Entry& a, const Entry& b) { return a.header.seq < b.header.seq; });
  return lost;
}

void merge_lost_entries(DeviceLog& log, std::vector<Entry> lost, const Device& device) {
  if (lost.empty()) return;
  const ObjectName first = entry_object(device.pk, lost.front().header.seq);
  log.problems.push_back(
      {"lost", first,
       first + ": in the log of the revoked device \"" + device.name + "\" " +
           std::to_string(lost.size()) +
           " of the entries that the owner's word leads to, from this one on, are missing, or "
           "others stand in their place; their copies in the containers count instead"});
  DeviceLog merged;
  merged.problems = std::move(log.problems);
  auto next = lost.begin();
  const auto take_lost = [&](std::uint64_t until) {
    for (; next != lost.end() && next->header.seq <= until; ++next) {
      merged.entries.push_back(std::move(*next));
      merged.standing.push_back(Standing::good);
    }
  };
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    take_lost(log.entries[i].header.seq);
    merged.entries.push_back(std::move(log.entries[i]));
    merged.standing.push_back(log.standing[i]);
  }
  take_lost(kEntrySeqMax);
  log = std::move(merged);
}

}  // namespace

GoodEntries::GoodEntries(const Device& device, const RootChain& roots) : device_(device) {
  if (!device.revoked) return;
  for (const Entry& policy : roots.policies()) {
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      if (head.device_pk == device.pk) heads_.push_back({head.seq, head.entry_id});
    }
  }
}

void GoodEntries::add(const Entry& entry) {
  Link link;
  link.seq = entry.header.seq;
  link.id = entry.id;
  link.prev = entry.header.prev;
  if (const auto* backup = entry.as<BackupPayload>()) {
    link.parent = backup->parent;
    link.bid = backup->bid;
  }
  if (places_.emplace(link.id, links_.size()).second) links_.push_back(link);
}

void GoodEntries::take(const Entry& entry) {
  if (!device_.revoked) return;
  add(entry);
  taken_ = links_.size();
}

// A hash names one entry and no other, so whatever a good entry names is good.
void GoodEntries::follow(const Bytes32& from) {
  std::vector<Bytes32> named{from};
  while (!named.empty()) {
    const Bytes32 id = named.back();
    named.pop_back();
    if (id == device_.entry.id) continue;
    const auto place = places_.find(id);
    if (place == places_.end()) {
      incomplete_ = true;
      continue;
    }
    Link& link = links_[place->second];
    if (link.good) continue;
    link.good = true;
    named.push_back(link.prev);
    if (!is_zero(link.parent)) named.push_back(link.parent);
  }
}

void GoodEntries::follow_all(const std::optional<std::uint64_t>& last_seq) {
  follow(device_.revoked->last_good);
  for (const LogHead& head : heads_) {
    if (last_seq && head.seq > 0 && head.seq <= *last_seq) follow(head.entry_id);
  }
}

void GoodEntries::borrow_from_containers(const Vault& vault) {
  // An entry that nothing leads to may be a thief's, who can claim any id: its container is read.
  std::set<Bytes16> known;
  for (const Link& link : links_) {
    if (link.bid && link.good) known.insert(*link.bid);
  }
  for (const ObjectInfo& object : vault.storage().list(kBackupsFolder)) {
    const auto bid = container_bid_of(object.name);
    if (!bid || known.contains(*bid)) continue;
    try {
      const ContainerReader container = ContainerReader::open(vault, *bid);
      if (container.entry().header.signer == device_.pk) add(container.entry());
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
    }
  }
}

void GoodEntries::finish(const Vault& vault) {
  if (!device_.revoked) return;
  const Bytes32& last_good = device_.revoked->last_good;
  std::optional<std::uint64_t> last_seq;
  if (last_good == device_.entry.id) last_seq = 0;
  if (const auto place = places_.find(last_good); place != places_.end()) {
    last_seq = links_[place->second].seq;
  }
  found_ = last_seq.has_value();
  // The owner knew its number where a policy names the same entry.
  for (const LogHead& head : heads_) {
    if (head.entry_id == last_good) last_seq = head.seq;
  }
  refused_after_ = last_seq;
  for (const Link& link : links_) {
    if (!refused_after_ && link.prev == last_good) refused_after_ = link.seq - 1;
  }
  follow_all(last_seq);
  if (!incomplete_) return;
  borrow_from_containers(vault);
  for (Link& link : links_) link.good = false;
  if (const auto place = places_.find(last_good); !last_seq && place != places_.end()) {
    last_seq = links_[place->second].seq;
    refused_after_ = last_seq;
  }
  follow_all(last_seq);
}

Standing GoodEntries::standing(std::uint64_t seq) const {
  if (!device_.revoked) return Standing::good;
  const auto end = links_.begin() + static_cast<std::ptrdiff_t>(taken_);
  const auto link =
      std::lower_bound(links_.begin(), end, seq,
                       [](const Link& one, std::uint64_t wanted) { return one.seq < wanted; });
  if (link != end && link->seq == seq && link->good) return Standing::good;
  return refused_after_ && seq > *refused_after_ ? Standing::refused : Standing::doubtful;
}

std::optional<LogProblem> GoodEntries::problem() const {
  if (!device_.revoked || found_) return std::nullopt;
  return LogProblem{"rollback", log_folder(device_.pk),
                    log_folder(device_.pk) + ": the log of the revoked device \"" + device_.name +
                        "\" no longer holds the last good entry that the owner named"};
}

std::vector<Bytes16> GoodEntries::lost() const {
  std::vector<Bytes16> bids;
  for (std::size_t i = taken_; i < links_.size(); ++i) {
    if (links_[i].good && links_[i].bid) bids.push_back(*links_[i].bid);
  }
  return bids;
}

DeviceLog read_device_log(const Vault& vault, const RootChain& roots, const Device& device) {
  DeviceLog log;
  GoodEntries good(device, roots);
  walk_log(
      vault, device.pk, device.start(),
      [&](Entry entry) {
        good.take(entry);
        log.entries.push_back(std::move(entry));
      },
      [&](LogProblem problem) { log.problems.push_back(std::move(problem)); });
  good.finish(vault);
  if (auto problem = good.problem()) log.problems.push_back(std::move(*problem));
  for (const Entry& entry : log.entries) log.standing.push_back(good.standing(entry.header.seq));
  merge_lost_entries(log, read_lost_entries(vault, good), device);
  return log;
}

}  // namespace valise
