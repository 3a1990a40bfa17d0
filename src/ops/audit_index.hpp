#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "ops/audit_book.hpp"

namespace valise {

/// A clock may be a little ahead; what claims more is not taken at its word.
inline constexpr UnixSeconds kClockSlackSeconds = 24 * 3600;

/// An order of the backups, so that they are found by a field without a map's nodes.
template <typename Field>
class BackupIndex {
 public:
  BackupIndex(const AuditBook& book, Field BookedBackup::*field)
      : book_(book), field_(field), order_(book.backups.size()) {
    std::iota(order_.begin(), order_.end(), BookIndex{0});
    std::stable_sort(order_.begin(), order_.end(), [&](BookIndex a, BookIndex b) {
      return book_.backups[a].*field_ < book_.backups[b].*field_;
    });
  }
  /// Those with this value, in the order of the book.
  [[nodiscard]] std::span<const BookIndex> find(const Field& value) const {
    const auto begin = std::lower_bound(
        order_.begin(), order_.end(), value,
        [&](BookIndex i, const Field& wanted) { return book_.backups[i].*field_ < wanted; });
    auto end = begin;
    while (end != order_.end() && book_.backups[*end].*field_ == value) ++end;
    return {begin, end};
  }
  [[nodiscard]] const std::vector<BookIndex>& order() const noexcept { return order_; }

 private:
  const AuditBook& book_;
  Field BookedBackup::*field_;
  std::vector<BookIndex> order_;
};

/// Marks what was pruned, by the owner and by devices, and finds prunes that came too early or that
/// their device may not sign. The rule stands in formats/vault.md.
void check_prunes(AuditBook& book, const BackupIndex<Bytes16>& by_bid);

/// Finds policies that keep backups for fewer days than one before them that has backups. After
/// check_prunes.
void check_keep_days(AuditBook& book);

/// Finds increments that cannot be restored, since one that they build on is missing or damaged.
/// After check_prunes, check_missing and check_packs.
void check_chains(AuditBook& book);
/// The same of one, whose chain before it was looked at. True where it is broken.
bool check_chain(AuditBook& book, BookedBackup& backup);

/// Finds sources without a backup that is young enough. After check_prunes and check_missing.
void check_overdue(AuditBook& book, std::uint64_t max_age_seconds);
/// Finds backups that were made under a policy that the owner had replaced. The rule stands in
/// formats/vault.md.
void check_superseded(AuditBook& book);

}  // namespace valise
