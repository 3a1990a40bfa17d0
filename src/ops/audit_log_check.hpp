#pragma once

#include "ops/audit_book.hpp"
#include "vault/signed_log.hpp"

namespace valise {

/// The times of one signer's entries, in order. A clock proves nothing: these are warnings.
class TimeCheck {
 public:
  void check(AuditBook& book, const Entry& entry);

 private:
  UnixSeconds latest_ = 0;
};

/// What every entry of a log goes through, whoever signed it.
class LogCheck {
 public:
  LogCheck(AuditBook& book, const Bytes32& signer, const LogHead& start)
      : book_(book), signer_(signer), chain_(signer, start) {}

  /// False where there is no entry to go on with.
  bool take(const LogRead& read);
  [[nodiscard]] const LogHead& head() const noexcept { return head_; }

 private:
  AuditBook& book_;
  Bytes32 signer_;
  LogChain chain_;
  LogHead head_;
  TimeCheck times_;
};

}  // namespace valise
