#include "ops/audit_device.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {

BookedBackup booked_backup(AuditBook& book, BookIndex device, const AuditedEntry& audited,
                           const Entry& entry) {
  const auto& payload = *entry.as<BackupPayload>();
  BookedBackup backup;
  backup.entry_id = entry.id;
  backup.bid = payload.bid;
  backup.seq = entry.header.seq;
  backup.time = entry.header.time;
  backup.bytes = audited.container_bytes;
  backup.device = device;
  backup.policy = book.policy_index(payload.policy);
  backup.source = book.source_index(device, payload.source);
  backup.k = payload.k;
  backup.slot_count = static_cast<std::uint8_t>(payload.slots.size());
  backup.full = payload.is_full();
  backup.copy = payload.copy;
  backup.present = audited.container_present;
  return backup;
}

void book_drill(AuditBook& book, BookedBackup& backup, const FoundDrill& drill) {
  backup.drilled = static_cast<std::uint16_t>(backup.drilled | 1U << (drill.slot - 1U));
  book.drills.push_back({static_cast<BookIndex>(book.backups.size()), drill.slot, drill.time});
}

DeviceAudit::DeviceAudit(AuditBook& book, BookIndex device)
    : book_(book),
      device_(*book.devices[device].device),
      index_(device),
      first_backup_(book.backups.size()),
      first_prune_(book.prunes.size()),
      check_(book, device_.pk, device_.start()),
      good_(device_, book.roots),
      last_id_(device_.entry.id) {}

void DeviceAudit::take(const AuditedEntry& audited) {
  if (!check_.take(audited.read)) return;
  const Entry& entry = *audited.read.entry;
  good_.take(entry);
  if (entry.header.prev != last_id_) torn_.emplace_back(entry.header.seq, entry.header.prev);
  last_id_ = entry.id;
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

void DeviceAudit::finish() {
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
  keep_lost_entries();
}

void DeviceAudit::keep_lost_entries() {
  for (const auto& [seq, prev] : torn_) {
    if (good_.standing(seq) == Standing::good) book_.lost_entries.push_back(prev);
  }
}

void DeviceAudit::take_backup(const AuditedEntry& audited, const Entry& entry) {
  BookedBackup backup = booked_backup(book_, index_, audited, entry);
  check_policy(backup);
  if (!backup.full) check_parent(backup, entry.as<BackupPayload>()->parent);
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
  book_.note_lost_packs(audited.lost);
  newest_of_source_[backup.source] = static_cast<BookIndex>(book_.backups.size());
  book_.backups.push_back(backup);
}

// The header must be exactly what its policy allows: as many slots, as many agents needed.
void DeviceAudit::check_policy(BookedBackup& backup) {
  const PolicyPayload* allowed = book_.policies[backup.policy].payload();
  if (allowed == nullptr) {
    book_.find(backup, RowFinding::policy, "it names a policy that the owner never signed");
  } else if (allowed->k != backup.k || allowed->agents.size() + 1 != backup.slot_count) {
    book_.find(backup, RowFinding::policy,
               fmt::format("it has {} slots (k = {}) and its policy allows {} (k = {})",
                           backup.slot_count, backup.k, allowed->agents.size() + 1, allowed->k));
  }
}

// Nearly always the parent is the backup before of the same source; else it is looked for when
// all is read.
void DeviceAudit::check_parent(BookedBackup& backup, const Bytes32& parent) {
  const auto before = newest_of_source_.find(backup.source);
  if (before != newest_of_source_.end() && book_.backups[before->second].entry_id == parent &&
      book_.backups[before->second].policy == backup.policy) {
    backup.parent = before->second;
    return;
  }
  book_.parents.emplace_back(static_cast<BookIndex>(book_.backups.size()), parent);
}

void DeviceAudit::take_drills(BookedBackup& backup, const std::vector<FoundDrill>& drills) {
  for (const FoundDrill& drill : drills) {
    if (!drill.problem.empty()) {
      book_.find(backup, RowFinding::drill, drill.problem);
      continue;
    }
    book_drill(book_, backup, drill);
  }
}

// A device prunes nothing any more once it is revoked.
void DeviceAudit::drop_bad_prunes() {
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

}  // namespace valise
