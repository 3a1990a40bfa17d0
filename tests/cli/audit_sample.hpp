#pragma once

#include <string>

#include "valise/audit.hpp"

namespace valise::test {

constexpr UnixSeconds kSampleTime = 1'769'846'400;  // 2026-01-31 08:00:00 UTC

/// A report put together by hand: two end-to-end backups, then one that Mara alone can open.
struct AuditSample {
  AuditedVault vault;
  std::vector<AuditedBackup> backups;
  std::vector<AuditFinding> findings;

  AuditSample();
  /// Hands it over as an audit does.
  void report(AuditSink& sink) const;
  /// The same with a total after it.
  void report_all(AuditSink& sink) const;
};

}  // namespace valise::test
