#include <fmt/format.h>

#include <algorithm>

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

std::string days_text(std::uint32_t days) {
  return days == 1 ? "1 day" : fmt::format("{} days", days);
}

}  // namespace

void check_keep_days(AuditBook& book) {
  struct Use {
    std::uint64_t made = 0;
    std::uint64_t pruned = 0;
  };
  std::vector<Use> uses(book.policies.size());
  for (const BookedBackup& backup : book.backups) {
    if (!book.certified(backup)) continue;
    ++uses[backup.policy].made;
    if (!backup.listed()) ++uses[backup.policy].pruned;
  }
  const auto days_of = [&](BookIndex i) { return book.policies[i].payload()->min_keep_days; };
  for (BookIndex i = 1; i < book.policies.size() && book.policies[i].entry != nullptr; ++i) {
    // Said of the one that lowered it, and not of those after it that let it be.
    if (days_of(i) >= days_of(i - 1)) continue;
    Use longer;
    std::uint32_t days = 0;
    for (BookIndex before = 0; before < i; ++before) {
      if (days_of(before) <= days_of(i) || uses[before].made == 0) continue;
      days = std::max(days, days_of(before));
      longer.made += uses[before].made;
      longer.pruned += uses[before].pruned;
    }
    if (longer.made == 0) continue;
    const std::string object = "policy " + hex(book.policies[i].id);
    book.find(
        "keep-lowered", Severity::warning, object,
        fmt::format(
            "{}: since {} the owner's policy keeps backups for {}. {} made under earlier "
            "policies that keep them for up to {}: {} pruned",
            object, rfc3339(book.policies[i].entry->header.time),
            days_of(i) == 0 ? "no time at all" : days_text(days_of(i)) + " only",
            longer.made == 1 ? "1 backup was" : fmt::format("{} backups were", longer.made),
            days_text(days),
            longer.pruned == 1 ? "1 of them was" : fmt::format("{} of them were", longer.pruned)));
  }
}

void check_prunes(AuditBook& book, const BackupIndex<Bytes16>& by_bid) {
  check_owner_prunes(book, by_bid);
  check_device_prunes(book, by_bid);
}

}  // namespace valise
