#pragma once

#include "ops/audit_rows.hpp"
#include "ops/audit_session.hpp"
#include "vault/vault.hpp"

namespace valise {

/// One vault, read and judged whole before anything is said about it.
class VaultAudit {
 public:
  VaultAudit(AuditSession& session, Storage& storage, const UnlockSource& unlock);
  void report(AuditSink& sink, AuditTotal& total) const;

 private:
  /// Returns whether the owner's key was compared with one held elsewhere.
  bool read(AuditSession& session);

  Vault vault_;
  AuditBook book_;
  std::filesystem::path pinned_card_;
  AuditOutline outline_;
};

}  // namespace valise
