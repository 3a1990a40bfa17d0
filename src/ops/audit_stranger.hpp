#pragma once

#include "ops/audit_book.hpp"
#include "ops/audit_objects.hpp"

namespace valise {

/// Takes a log into the book whose signer the owner's log does not certify: its DEVICE entry is
/// gone or damaged, or there never was one. Its backups get rows that prove nothing (L0). One
/// finding speaks for the whole log: whoever can write to the storage can put any number of entries
/// there, and none of them may take anything from what certified devices have signed.
class StrangerAudit {
 public:
  StrangerAudit(AuditBook& book, const Bytes32& signer);
  void take(const AuditedEntry& audited);

 private:
  /// Its place among the book's devices, which it gets with its first sound entry.
  BookIndex device();

  AuditBook& book_;
  Bytes32 signer_;
  BookIndex index_ = kNoIndex;
};

}  // namespace valise
