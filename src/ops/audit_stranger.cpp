#include "ops/audit_stranger.hpp"

#include "base/hex.hpp"
#include "ops/audit_device.hpp"
#include "vault/object_names.hpp"

namespace valise {

StrangerAudit::StrangerAudit(AuditBook& book, const Bytes32& signer)
    : book_(book), signer_(signer) {
  const ObjectName folder = log_folder(signer);
  book.find("uncertified", Severity::error, folder,
            folder +
                ": the owner never enrolled the device that signed these, or the entry that says "
                "so is gone or damaged");
}

BookIndex StrangerAudit::device() {
  if (index_ != kNoIndex) return index_;
  book_.strangers.emplace_back();
  Device& device = book_.strangers.back();
  device.pk = signer_;
  // Its name stood in the entry that is not there.
  device.name = "uncertified " + hex(signer_).substr(0, 8);
  index_ = static_cast<BookIndex>(book_.devices.size());
  BookedDevice booked;
  booked.device = &device;
  booked.certified = false;
  booked.sound = false;
  book_.devices.push_back(std::move(booked));
  return index_;
}

void StrangerAudit::take(const AuditedEntry& audited) {
  if (!audited.read.entry) return;
  const Entry& entry = *audited.read.entry;
  book_.note_entry(signer_, entry.header.seq, entry.id);
  if (const auto* prune = entry.as<PrunePayload>()) {
    book_.prunes.push_back({device(), entry.header.seq, entry.header.time, prune->bids});
  }
  if (entry.as<BackupPayload>() == nullptr) return;
  BookedBackup backup = booked_backup(book_, device(), audited, entry);
  backup.mark(RowFinding::uncertified);
  if (audited.container_fork || !audited.container_problem.empty()) {
    backup.mark(RowFinding::damaged);
  }
  if (audited.lost.any()) backup.mark(RowFinding::missing);
  if (book_.policies[backup.policy].entry == nullptr) backup.mark(RowFinding::policy);
  for (const FoundDrill& drill : audited.drills) {
    if (drill.problem.empty()) book_drill(book_, backup, drill);
  }
  book_.backups.push_back(backup);
}

}  // namespace valise
