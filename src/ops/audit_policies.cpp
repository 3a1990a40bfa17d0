// Which backups were made under a policy that the owner had replaced.

#include <fmt/format.h>

#include "base/clock.hpp"
#include "ops/audit_index.hpp"

namespace valise {
namespace {

// By how much the clocks of the owner and of a device may differ in what is called one moment.
constexpr UnixSeconds kOneMomentSeconds = 3600;

// A writer looks at the policy just before it publishes, and the owner at the log just before he
// signs: one entry of each device may be on its way then, the next after the one that the policy
// names. An honest writer sees it at once and backs the same source up again, as a new chain. Who
// only claims a race for what he makes under an old policy gets no more than that one entry.
bool is_race(const AuditBook& book, const BookedBackup& backup, BookIndex known,
             const BookedBackup* next) {
  if (next == nullptr || !next->full) return false;
  if (next->policy < known || book.policies[next->policy].entry == nullptr) return false;
  if (next->has(RowFinding::revoked) || next->has(RowFinding::policy)) return false;
  // The first that replaced it: what later ones name is no nearer to the backup.
  const Entry& replaced_by = *book.policies[backup.policy + 1].entry;
  if (backup.time > replaced_by.header.time + kOneMomentSeconds) return false;
  for (const DeviceHead& head : replaced_by.as<PolicyPayload>()->devices) {
    if (head.device_pk == book.devices[backup.device].device->pk) {
      return backup.seq == head.seq + 1;
    }
  }
  return false;
}

// What a device signs must be under the newest policy that it had to know, or a newer one. The
// owner's policies stand first in the book, in the order in which they were signed.
void check_policy_of(AuditBook& book, BookedBackup& backup, const BookedBackup* next) {
  const BookIndex known = AuditBook::newest_known(book.devices[backup.device], backup.seq);
  if (known == kNoIndex || book.policies[backup.policy].entry == nullptr ||
      backup.policy >= known) {
    return;
  }
  const std::string replaced = rfc3339(book.policies[backup.policy + 1].entry->header.time);
  if (is_race(book, backup, known, next)) {
    book.find(backup, RowFinding::policy_race,
              fmt::format("it is under a policy that the owner had replaced on {}, and claims to "
                          "have been signed in that moment: the device's clock says {}, and "
                          "nothing proves it. The next backup of its source is under the new "
                          "policy. Whom the old one names can open it",
                          replaced, rfc3339(backup.time)));
  } else {
    book.find(
        backup, RowFinding::stale_policy,
        fmt::format("it was made under a policy that the owner had replaced on {}", replaced));
  }
}

}  // namespace

void check_superseded(AuditBook& book) {
  // The backups of a device stand in its order.
  std::vector<BookIndex> newest_of_source(book.sources.size(), kNoIndex);
  std::vector<BookIndex> next(book.backups.size(), kNoIndex);
  for (BookIndex i = 0; i < book.backups.size(); ++i) {
    BookIndex& newest = newest_of_source[book.backups[i].source];
    if (newest != kNoIndex) next[newest] = i;
    newest = i;
  }
  for (BookIndex i = 0; i < book.backups.size(); ++i) {
    check_policy_of(book, book.backups[i], next[i] == kNoIndex ? nullptr : &book.backups[next[i]]);
  }
}

}  // namespace valise
