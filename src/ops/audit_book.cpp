#include "ops/audit_book.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "vault/device_log.hpp"
#include "vault/object_names.hpp"
#include "vault/snapshot_index.hpp"

namespace valise {
namespace {

constexpr UnixSeconds kAheadSecondsMax = 24 * 3600;

AuditedBackup new_row(const Entry& entry, const Device& device) {
  const auto& backup = *entry.as<BackupPayload>();
  AuditedBackup row;
  row.snapshot = hex(backup.bid);
  row.time = entry.header.time;
  row.signer = hex(entry.header.signer);
  row.device = device.name;
  row.seq = entry.header.seq;
  row.source = hex(backup.source);
  row.full = backup.is_full();
  row.escrow = backup.slots.size() > 1;
  row.k = backup.k;
  row.policy = hex(backup.policy);
  return row;
}

// The header must be exactly what its policy allows: as many slots, as many agents needed.
void check_policy(AuditBook& book, BookedBackup& backup) {
  const Entry* policy = book.roots.find_policy(backup.backup().policy);
  if (policy == nullptr) {
    book.find(backup, "policy", Severity::error, "it names a policy that the owner never signed");
    return;
  }
  const auto& allowed = *policy->as<PolicyPayload>();
  backup.row.policy_since = policy->header.time;
  for (Reader& reader : readers_of(allowed))
    backup.row.readers.push_back({std::move(reader), false, {}});
  if (allowed.k != backup.backup().k || allowed.agents.size() + 1 != backup.backup().slots.size()) {
    book.find(backup, "policy", Severity::error,
              fmt::format("it has {} slots (k = {}) and its policy allows {} (k = {})",
                          backup.backup().slots.size(), backup.backup().k,
                          allowed.agents.size() + 1, allowed.k));
  }
}

// The owner's answer to "which policy was the newest that this device had to know, when it signed
// entry `seq`": the one named by its certificate, or a later one that names its entry before.
const Entry* newest_known(const AuditBook& book, const Device& device, std::uint64_t seq) {
  const Entry* newest = nullptr;
  for (const Entry& policy : book.roots.policies()) {
    if (policy.id == device.entry.as<DevicePayload>()->policy) newest = &policy;
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      if (head.device_pk == device.pk && seq > head.seq) newest = &policy;
    }
  }
  return newest;
}

// What a device signs must be under the newest policy that it had to know, or under a newer one.
void check_stale_policy(AuditBook& book, BookedBackup& backup, const Device& device) {
  const Entry* own = book.roots.find_policy(backup.backup().policy);
  const Entry* known = newest_known(book, device, backup.entry.header.seq);
  if (own == nullptr || known == nullptr || own->header.seq >= known->header.seq) return;
  book.find(backup, "stale-policy", Severity::error,
            fmt::format("it was made under a policy that the owner had replaced on {}",
                        rfc3339(known->header.time)));
}

void check_parent(AuditBook& book, BookedBackup& backup,
                  const std::map<Bytes32, std::size_t>& by_entry) {
  if (backup.backup().is_full()) return;
  const auto found = by_entry.find(backup.backup().parent);
  if (found == by_entry.end()) {
    book.find(backup, "parent", Severity::error,
              "the backup it builds on is not in this device's log");
    return;
  }
  const BookedBackup& parent = book.backups[found->second];
  if (parent.backup().source != backup.backup().source ||
      parent.backup().policy != backup.backup().policy) {
    book.find(backup, "parent", Severity::error,
              "it builds on a backup of another source or policy");
  }
}

// The times of one signer's entries, in order. A clock proves nothing: these are warnings.
class TimeCheck {
 public:
  explicit TimeCheck(UnixSeconds now) : now_(now) {}
  void check(AuditBook& book, const Entry& entry) {
    const ObjectName name = entry_object(entry.header.signer, entry.header.seq);
    if (entry.header.time < latest_) {
      book.find("time", Severity::warning, name,
                name + ": its clock ran backwards (" + rfc3339(entry.header.time) + " after " +
                    rfc3339(latest_) + ")");
    }
    if (entry.header.time > now_ + kAheadSecondsMax) {
      book.find("time", Severity::warning, name,
                name + ": its time is in the future (" + rfc3339(entry.header.time) + ")");
    }
    latest_ = std::max<UnixSeconds>(latest_, entry.header.time);
  }

 private:
  UnixSeconds now_;
  UnixSeconds latest_ = 0;
};

class DeviceAudit {
 public:
  DeviceAudit(const Vault& vault, AuditBook& book, const Device& device, UnixSeconds now)
      : vault_(vault), book_(book), device_(device), times_(now) {}

  void run() {
    const DeviceLog log = read_device_log(vault_, device_);
    for (const LogProblem& problem : log.problems) {
      book_.find(problem.code, Severity::error, problem.object, problem.message);
    }
    for (std::size_t i = 0; i < log.entries.size(); ++i) {
      take(log.entries[i], i < log.good);
    }
  }

 private:
  void take(const Entry& entry, bool good) {
    book_.entry_ids[device_.pk][entry.header.seq] = entry.id;
    times_.check(book_, entry);
    if (entry.as<BackupPayload>() != nullptr) {
      take_backup(entry, good);
    } else if (const auto* prune = entry.as<PrunePayload>()) {
      take_prune(entry, *prune, good);
    } else {
      const ObjectName name = entry_object(device_.pk, entry.header.seq);
      book_.find("authority", Severity::error, name,
                 name + ": a device signed what only the owner may sign");
    }
  }

  void take_backup(const Entry& entry, bool good) {
    book_.backups.push_back({entry, new_row(entry, device_)});
    BookedBackup& backup = book_.backups.back();
    if (!good) {
      book_.find(backup, "revoked", Severity::error,
                 "it was signed by a device that the owner had revoked");
    }
    check_policy(book_, backup);
    check_stale_policy(book_, backup, device_);
    check_parent(book_, backup, by_entry_);
    by_entry_.emplace(entry.id, book_.backups.size() - 1);
  }

  // A device prunes only what it wrote, and nothing any more once it is revoked.
  void take_prune(const Entry& entry, const PrunePayload& prune, bool good) {
    if (!good) {
      const ObjectName name = entry_object(device_.pk, entry.header.seq);
      book_.find("revoked", Severity::error, name,
                 name + ": it prunes backups, signed by a device that the owner had revoked");
      return;
    }
    for (const Bytes16& bid : prune.bids) {
      const bool own = std::any_of(by_entry_.begin(), by_entry_.end(), [&](const auto& item) {
        return book_.backups[item.second].backup().bid == bid;
      });
      if (own) {
        book_.pruned.insert(bid);
        continue;
      }
      const ObjectName name = entry_object(device_.pk, entry.header.seq);
      book_.find("authority", Severity::error, name,
                 name + ": it prunes backup " + hex(bid) + ", which this device did not write");
    }
  }

  const Vault& vault_;
  AuditBook& book_;
  const Device& device_;
  TimeCheck times_;
  std::map<Bytes32, std::size_t> by_entry_;
};

void read_roots(const Vault& vault, AuditBook& book, UnixSeconds now) {
  TimeCheck times(now);
  const auto on_entry = [&](Entry entry) {
    const ObjectName name = entry_object(vault.root_pk(), entry.header.seq);
    book.entry_ids[vault.root_pk()][entry.header.seq] = entry.id;
    times.check(book, entry);
    try {
      book.roots.add(std::move(entry));
    } catch (const Error& error) {
      book.find("owner-log", Severity::error, name, error.what());
    }
  };
  walk_log(vault, vault.root_pk(), {}, on_entry, [&](const LogProblem& problem) {
    book.find(problem.code, Severity::error, problem.object, problem.message);
  });
  book.pruned.insert(book.roots.pruned().begin(), book.roots.pruned().end());
  if (book.roots.policies().empty()) {
    book.find("policy", Severity::error, log_folder(vault.root_pk()),
              "the owner's log holds no policy");
  }
}

// What the owner had seen of a device when signing a policy must still be in its log.
void check_heads(AuditBook& book) {
  for (const Entry& policy : book.roots.policies()) {
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      const Device* device = book.roots.find_device(head.device_pk);
      if (head.seq == 0 && device != nullptr) continue;
      const auto& ids = book.entry_ids[head.device_pk];
      const auto found = ids.find(head.seq);
      if (found != ids.end() && found->second == head.entry_id) continue;
      const std::string name = device != nullptr ? device->name : hex(head.device_pk);
      const std::string named =
          fmt::format("the owner's policy of {} names entry {} of \"{}\", {}",
                      rfc3339(policy.header.time), head.seq, name, hex(head.entry_id));
      if (found == ids.end()) {
        book.find("rollback", Severity::error, log_folder(head.device_pk),
                  named + ", and the log no longer holds it");
      } else {
        book.find("fork", Severity::error, log_folder(head.device_pk),
                  named + ", and the log holds " + hex(found->second) + " there");
      }
    }
  }
}

void check_duplicates(AuditBook& book) {
  std::map<Bytes16, std::size_t> first;
  for (std::size_t i = 0; i < book.backups.size(); ++i) {
    const auto [found, fresh] = first.emplace(book.backups[i].backup().bid, i);
    if (fresh) continue;
    book.find(book.backups[found->second], "duplicate", Severity::error,
              "its id is claimed by two entries");
    book.find(book.backups[i], "duplicate", Severity::error, "its id is claimed by two entries");
  }
}

}  // namespace

void AuditBook::find(std::string code, Severity severity, std::string object, std::string message) {
  findings.push_back({std::move(code), severity, std::move(object), std::move(message)});
}

void AuditBook::find(BookedBackup& backup, std::string code, Severity severity,
                     std::string message) {
  backup.row.findings.push_back(code);
  const std::string object = "backup " + backup.row.snapshot;
  findings.push_back({std::move(code), severity, object, object + ": " + message});
}

AuditBook read_audit_book(const Vault& vault, UnixSeconds now) {
  AuditBook book;
  read_roots(vault, book, now);
  for (const Bytes32& signer : log_signers(vault)) {
    if (signer == vault.root_pk()) continue;
    const Device* device = book.roots.find_device(signer);
    if (device == nullptr) {
      book.find("uncertified", Severity::error, log_folder(signer),
                log_folder(signer) + ": the owner never enrolled the device that signed these");
      continue;
    }
    DeviceAudit(vault, book, *device, now).run();
  }
  check_heads(book);
  check_duplicates(book);
  return book;
}

}  // namespace valise
