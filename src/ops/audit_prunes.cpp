#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/audit_index.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr UnixSeconds kKeepDaySeconds = 24 * 3600;

struct Prune {
  UnixSeconds time = 0;
  std::string by;               ///< "the owner", or a device.
  BookIndex newest = kNoIndex;  ///< The newest policy that the signer had to know.
  bool owner = false;
};

// The rule stands in formats/vault.md. A prune that claims to lie in the future is as old as now:
// its signer shall not gain by setting its clock.
void check_keep(AuditBook& book, BookedBackup& backup, const Prune& prune) {
  BookIndex policy = prune.newest;
  const bool known = book.policies[backup.policy].entry != nullptr;
  if (known && (policy == kNoIndex || (!prune.owner && backup.policy > policy))) {
    policy = backup.policy;
  }
  if (policy == kNoIndex) return;
  const std::uint32_t days = book.policies[policy].payload()->min_keep_days;
  const UnixSeconds pruned_at = std::min(prune.time, book.now + kClockSlackSeconds);
  if (pruned_at >= backup.time && pruned_at - backup.time >= days * kKeepDaySeconds) return;
  if (days == 0) return;
  book.find(backup, RowFinding::early_prune,
            fmt::format("{} pruned it on {}, and the policy keeps backups for {} days (this one is "
                        "of {})",
                        prune.by, rfc3339(prune.time), days, rfc3339(backup.time)));
}

void take_pruned(AuditBook& book, BookedBackup& backup, const Prune& prune) {
  // Only the first prune of a backup counts: the others find nothing.
  if (backup.pruned) return;
  backup.pruned = true;
  if (!book.certified(backup)) return;
  check_keep(book, backup, prune);
}

void check_owner_prunes(AuditBook& book, const BackupIndex<Bytes16>& by_bid) {
  for (const Entry& entry : book.roots.prunes()) {
    Prune prune{entry.header.time, "the owner", kNoIndex, true};
    for (BookIndex i = 0; i < book.policies.size() && book.policies[i].entry != nullptr; ++i) {
      if (book.policies[i].entry->header.seq < entry.header.seq) prune.newest = i;
    }
    for (const Bytes16& bid : entry.as<PrunePayload>()->bids) {
      for (const BookIndex i : by_bid.find(bid)) take_pruned(book, book.backups[i], prune);
    }
  }
}

// A device prunes only what it wrote.
void check_device_prunes(AuditBook& book, const BackupIndex<Bytes16>& by_bid) {
  for (const BookedPrune& entry : book.prunes) {
    const BookedDevice& device = book.devices[entry.device];
    const Prune prune{entry.time, "the device \"" + device.device->name + "\"",
                      AuditBook::newest_known(device, entry.seq), false};
    for (const Bytes16& bid : entry.bids) {
      bool own = false;
      for (const BookIndex i : by_bid.find(bid)) {
        BookedBackup& backup = book.backups[i];
        if (backup.device != entry.device || backup.seq >= entry.seq) continue;
        own = true;
        take_pruned(book, backup, prune);
      }
      if (own || !device.certified) continue;
      const ObjectName name = entry_object(device.device->pk, entry.seq);
      book.find("authority", Severity::error, name,
                name + ": it prunes backup " + hex(bid) + ", which this device did not write");
    }
  }
}

}  // namespace

void check_prunes(AuditBook& book, const BackupIndex<Bytes16>& by_bid) {
  check_owner_prunes(book, by_bid);
  check_device_prunes(book, by_bid);
}

}  // namespace valise
