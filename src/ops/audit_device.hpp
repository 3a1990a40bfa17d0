#pragma once

#include <unordered_map>

#include "ops/audit_book.hpp"
#include "ops/audit_log_check.hpp"
#include "ops/audit_objects.hpp"
#include "vault/device_log.hpp"

namespace valise {

/// A backup as its entry and its container tell of it, without findings.
[[nodiscard]] BookedBackup booked_backup(AuditBook& book, BookIndex device,
                                         const AuditedEntry& audited, const Entry& entry);
/// A sound drill on this backup, which is the next that the book gets.
void book_drill(AuditBook& book, BookedBackup& backup, const FoundDrill& drill);

/// Takes the log of one certified device into the book, entry by entry.
class DeviceAudit {
 public:
  DeviceAudit(AuditBook& book, BookIndex device);
  void take(const AuditedEntry& audited);
  /// Once, after the last entry. Throws Error(storage).
  void finish();

 private:
  void take_backup(const AuditedEntry& audited, const Entry& entry);
  void check_policy(BookedBackup& backup);
  void check_parent(BookedBackup& backup, const Bytes32& parent);
  void take_drills(BookedBackup& backup, const std::vector<FoundDrill>& drills);
  void drop_bad_prunes();
  void keep_lost_entries();

  AuditBook& book_;
  const Device& device_;
  BookIndex index_;
  std::size_t first_backup_;
  std::size_t first_prune_;
  LogCheck check_;
  GoodEntries good_;
  Bytes32 last_id_;                                      ///< Of the last entry that was taken.
  std::vector<std::pair<std::uint64_t, Bytes32>> torn_;  ///< Seq and prev where it is not that.
  std::unordered_map<BookIndex, BookIndex> newest_of_source_;
};

}  // namespace valise
