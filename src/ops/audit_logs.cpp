#include "ops/audit_logs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"

namespace valise {
namespace {

constexpr UnixSeconds kAheadSecondsMax = 24 * 3600;

// The times of one signer's entries, in order. A clock proves nothing: these are warnings.
class TimeCheck {
 public:
  void check(AuditBook& book, const Entry& entry) {
    const UnixSeconds time = entry.header.time;
    if (time < latest_) {
      warn(book, entry,
           fmt::format("its clock ran backwards ({} after {})", rfc3339(time), rfc3339(latest_)));
    }
    if (time > book.now + kAheadSecondsMax) {
      warn(book, entry, fmt::format("its time is in the future ({})", rfc3339(time)));
    }
    // One step back is one warning: a clock that once stood in the future must not be told for
    // ever.
    latest_ = time;
  }

 private:
  static void warn(AuditBook& book, const Entry& entry, const std::string& what) {
    const ObjectName name = entry_object(entry.header.signer, entry.header.seq);
    book.find("time", Severity::warning, name, name + ": " + what);
  }

  UnixSeconds latest_ = 0;
};

// What every entry of a log goes through, whoever signed it.
class LogCheck {
 public:
  LogCheck(AuditBook& book, const Bytes32& signer, const LogHead& start)
      : book_(book), signer_(signer), chain_(signer, start) {}

  /// False where there is no entry to go on with.
  bool take(const LogRead& read) {
    chain_.take(read, [&](const LogProblem& problem) {
      book_.find_in_log(signer_, problem.code, problem.object, problem.message);
    });
    if (!read.entry) return false;
    head_ = {read.entry->header.seq, read.entry->id};
    book_.note_entry(signer_, head_.seq, head_.entry_id);
    times_.check(book_, *read.entry);
    return true;
  }
  [[nodiscard]] const LogHead& head() const noexcept { return head_; }

 private:
  AuditBook& book_;
  Bytes32 signer_;
  LogChain chain_;
  LogHead head_;
  TimeCheck times_;
};

class DeviceAudit {
 public:
  DeviceAudit(AuditBook& book, BookIndex device)
      : book_(book),
        device_(*book.devices[device].device),
        index_(device),
        first_backup_(book.backups.size()),
        first_prune_(book.prunes.size()),
        check_(book, device_.pk, device_.start()),
        good_(device_, book.roots) {}

  void take(const AuditedEntry& audited) {
    if (!check_.take(audited.read)) return;
    const Entry& entry = *audited.read.entry;
    good_.take(entry);
    if (entry.as<BackupPayload>() != nullptr) {
      take_backup(audited, entry);
    } else if (const auto* prune = entry.as<PrunePayload>()) {
      book_.prunes.push_back({index_, entry.header.seq, entry.header.time, prune->bids});
    } else {
      const ObjectName name = entry_object(device_.pk, entry.header.seq);
      book_.find("authority", Severity::error, name,
                 name + ": a device signed what only the owner may sign");
    }
  }

  void finish() {
    book_.devices[index_].head = check_.head();
    good_.finish(book_.vault);
    if (const auto problem = good_.problem()) {
      book_.find_in_log(device_.pk, problem->code, problem->object, problem->message);
    }
    for (std::size_t i = first_backup_; i < book_.backups.size(); ++i) {
      const Standing standing = good_.standing(book_.backups[i].seq);
      if (standing == Standing::good) continue;
      book_.find(book_.backups[i], RowFinding::revoked,
                 standing == Standing::refused
                     ? "it was signed by a device that the owner had revoked"
                     : "its device was revoked, and nothing that the owner signed leads to it any "
                       "more: it may be a thief's");
    }
    drop_bad_prunes();
  }

 private:
  void take_backup(const AuditedEntry& audited, const Entry& entry) {
    const auto& payload = *entry.as<BackupPayload>();
    BookedBackup backup;
    backup.entry_id = entry.id;
    backup.bid = payload.bid;
    backup.seq = entry.header.seq;
    backup.time = entry.header.time;
    backup.bytes = audited.container_bytes;
    backup.device = index_;
    backup.policy = book_.policy_index(payload.policy);
    backup.source = book_.source_index(payload.source);
    backup.k = payload.k;
    backup.slot_count = static_cast<std::uint8_t>(payload.slots.size());
    backup.full = payload.is_full();
    backup.present = audited.container_present;
    check_policy(backup);
    check_stale_policy(backup);
    if (!backup.full) check_parent(backup, payload.parent);
    if (audited.container_fork) {
      book_.find(
          backup, RowFinding::fork,
          fmt::format("its device signed two entries of number {}: {} stands in the log and {} "
                      "in the container",
                      entry.header.seq, hex(entry.id), hex(*audited.container_fork)));
    } else if (!audited.container_problem.empty()) {
      book_.find(backup, RowFinding::damaged, audited.container_problem);
    }
    take_drills(backup, audited.drills);
    newest_of_source_[backup.source] = static_cast<BookIndex>(book_.backups.size());
    book_.backups.push_back(backup);
  }

  // The header must be exactly what its policy allows: as many slots, as many agents needed.
  void check_policy(BookedBackup& backup) {
    const PolicyPayload* allowed = book_.policies[backup.policy].payload();
    if (allowed == nullptr) {
      book_.find(backup, RowFinding::policy, "it names a policy that the owner never signed");
    } else if (allowed->k != backup.k || allowed->agents.size() + 1 != backup.slot_count) {
      book_.find(backup, RowFinding::policy,
                 fmt::format("it has {} slots (k = {}) and its policy allows {} (k = {})",
                             backup.slot_count, backup.k, allowed->agents.size() + 1, allowed->k));
    }
  }

  // What a device signs must be under the newest policy that it had to know, or a newer one. The
  // owner's policies stand first in the book, in the order in which they were signed.
  void check_stale_policy(BookedBackup& backup) {
    const BookIndex known = AuditBook::newest_known(book_.devices[index_], backup.seq);
    if (known == kNoIndex || book_.policies[backup.policy].entry == nullptr ||
        backup.policy >= known) {
      return;
    }
    book_.find(backup, RowFinding::stale_policy,
               fmt::format("it was made under a policy that the owner had replaced on {}",
                           rfc3339(book_.policies[known].entry->header.time)));
  }

  // Nearly always the parent is the backup before of the same source; else it is looked for when
  // all is read.
  void check_parent(BookedBackup& backup, const Bytes32& parent) {
    const auto before = newest_of_source_.find(backup.source);
    if (before != newest_of_source_.end() && book_.backups[before->second].entry_id == parent &&
        book_.backups[before->second].policy == backup.policy) {
      return;
    }
    book_.parents.emplace_back(static_cast<BookIndex>(book_.backups.size()), parent);
  }

  void take_drills(BookedBackup& backup, const std::vector<FoundDrill>& drills) {
    for (const FoundDrill& drill : drills) {
      if (!drill.problem.empty()) {
        book_.find(backup, RowFinding::drill, drill.problem);
        continue;
      }
      backup.drilled = static_cast<std::uint16_t>(backup.drilled | 1U << (drill.slot - 1U));
      book_.drills.push_back(
          {static_cast<BookIndex>(book_.backups.size()), drill.slot, drill.time});
    }
  }

  // A device prunes nothing any more once it is revoked.
  void drop_bad_prunes() {
    const auto is_good = [this](const BookedPrune& one) {
      return good_.standing(one.seq) == Standing::good;
    };
    for (std::size_t i = first_prune_; i < book_.prunes.size(); ++i) {
      if (is_good(book_.prunes[i])) continue;
      const ObjectName name = entry_object(device_.pk, book_.prunes[i].seq);
      book_.find("revoked", Severity::error, name,
                 name + ": it prunes backups, signed by a device that the owner had revoked");
    }
    const auto begin = book_.prunes.begin() + static_cast<std::ptrdiff_t>(first_prune_);
    book_.prunes.erase(std::remove_if(begin, book_.prunes.end(),
                                      [&](const BookedPrune& one) { return !is_good(one); }),
                       book_.prunes.end());
  }

  AuditBook& book_;
  const Device& device_;
  BookIndex index_;
  std::size_t first_backup_;
  std::size_t first_prune_;
  LogCheck check_;
  GoodEntries good_;
  std::unordered_map<BookIndex, BookIndex> newest_of_source_;
};

BookedDevice book_device(AuditBook& book, const Device& device) {
  BookedDevice booked;
  booked.device = &device;
  for (BookIndex i = 0; i < book.policies.size(); ++i) {
    const Entry& policy = *book.policies[i].entry;
    if (policy.id == device.entry.as<DevicePayload>()->policy) {
      booked.known_policies.emplace_back(0, i);
    }
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      if (head.device_pk == device.pk) booked.known_policies.emplace_back(head.seq + 1, i);
    }
  }
  std::sort(booked.known_policies.begin(), booked.known_policies.end());
  BookIndex newest = 0;
  for (auto& [from, policy] : booked.known_policies) policy = newest = std::max(newest, policy);
  return booked;
}

// What the owner had seen of a device when signing a policy must still be in its log.
void hold_heads(AuditBook& book, const Entry& policy) {
  for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
    const Device* device = book.roots.find_device(head.device_pk);
    if (head.seq == 0 && device != nullptr) continue;
    const std::string name = device != nullptr ? device->name : hex(head.device_pk);
    book.held.push_back(
        {head.device_pk, head.seq, head.entry_id, log_folder(head.device_pk),
         fmt::format("the owner's policy of {} names entry {} of \"{}\", {}",
                     rfc3339(policy.header.time), head.seq, name, hex(head.entry_id)),
         std::nullopt});
  }
}

}  // namespace

void read_owner_log(AuditBook& book, const AuditListing& listing, WorkerPool& pool) {
  book.sort_held();
  const Bytes32& owner = book.vault.root_pk();
  if (const ListedLog* log = listing.log_of(owner)) {
    LogCheck check(book, owner, {});
    const RootChain nothing;
    read_log_for_audit(book.vault, listing, *log, nothing, pool, [&](AuditedEntry audited) {
      if (!check.take(audited.read)) return;
      const ObjectName name = entry_object(owner, check.head().seq);
      try {
        book.roots.add(std::move(*audited.read.entry));
      } catch (const Error& error) {
        book.find_in_log(owner, "owner-log", name, error.what());
      }
    });
    book.root_head = check.head();
  }
  for (const Entry& policy : book.roots.policies()) {
    book.policies[book.policy_index(policy.id)].entry = &policy;
  }
  for (const auto& [pk, device] : book.roots.devices()) {
    book.devices.push_back(book_device(book, device));
  }
  for (const Entry& policy : book.roots.policies()) hold_heads(book, policy);
  if (book.policies.empty()) {
    book.find_in_log(owner, "policy", log_folder(owner), "the owner's log holds no policy");
  }
}

void read_device_logs(AuditBook& book, const AuditListing& listing, WorkerPool& pool,
                      const Run& run) {
  book.sort_held();
  std::uint64_t total = 0;
  for (const ListedLog& log : listing.logs) total += log.objects.size();
  book.backups.reserve(listing.containers.size());
  std::uint64_t done = 0;
  for (const ListedLog& log : listing.logs) {
    if (log.signer == book.vault.root_pk()) continue;
    const auto found =
        std::find_if(book.devices.begin(), book.devices.end(),
                     [&](const BookedDevice& one) { return one.device->pk == log.signer; });
    if (found == book.devices.end()) {
      book.find("uncertified", Severity::error, log_folder(log.signer),
                log_folder(log.signer) + ": the owner never enrolled the device that signed these");
      continue;
    }
    DeviceAudit audit(book, static_cast<BookIndex>(found - book.devices.begin()));
    read_log_for_audit(book.vault, listing, log, book.roots, pool, [&](AuditedEntry entry) {
      if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
      audit.take(entry);
      if (run.on_progress && ++done % 64 == 0) {
        run.on_progress({.step = "reading the logs",
                         .object = found->device->name,
                         .done = done,
                         .total = total,
                         .unit = "entries"});
      }
    });
    audit.finish();
  }
}

}  // namespace valise
