#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "valise/audit_report.hpp"
#include "valise/error.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

// Who can open each backup, and how far that is proven. An audit reads a vault whole before it
// reports on it, and keeps about 100 bytes for each backup; then it hands rows out one at a time.
// Start with audit() for one small vault, with audit_vaults() and a sink for all else.

/// Takes a report as it comes, on the calling thread: for each vault `begin`, its rows by source,
/// device and then time, its findings (errors first), `end`; or `unreadable` alone. At last, once,
/// `total`. What an implementation throws ends the audit.
class AuditSink {
 public:
  AuditSink() = default;
  virtual ~AuditSink() = default;
  AuditSink(const AuditSink&) = delete;
  AuditSink& operator=(const AuditSink&) = delete;

  /// Everything is known by now, the counts of findings too.
  virtual void begin(const AuditedVault& vault) = 0;
  virtual void backup(const AuditedVault& vault, const AuditedBackup& row) = 0;
  virtual void finding(const AuditedVault& vault, const AuditFinding& finding) = 0;
  virtual void end(const AuditedVault& vault) = 0;
  /// The vault in this folder could not be audited. The others are all the same.
  virtual void unreadable(const std::filesystem::path& folder, const Error& error) = 0;
  virtual void total(const AuditTotal& total) = 0;
};

struct AuditOptions {
  /// Owners' card files, or folders of them: the vault must match one. None: nothing is compared.
  std::vector<std::filesystem::path> pins;
  /// A checkpoint as an earlier audit printed it: lines of signer, seq, entry id, vault id.
  std::optional<std::filesystem::path> checkpoint;
  bool deep = false;  ///< L3: rebuild every slot; needs `unlock`.
  /// A source whose newest backup is older than this is overdue.
  std::optional<std::uint64_t> max_age_seconds;
};

/// Asked once for each vault; only once in all where an agent's key is what it gives.
using VaultUnlockSource = std::function<Unlock(const std::filesystem::path& vault)>;

/// Audits these vaults one after the other. Without `deep` no key is needed and only small objects
/// are read. A vault that cannot be read is reported to the sink and does not hide the others.
/// Throws usage (a card or checkpoint that is none, before any vault is read), cancelled.
AuditTotal audit_vaults(const Run& run, const std::vector<std::filesystem::path>& vaults,
                        const AuditOptions& options, const VaultUnlockSource& unlock,
                        AuditSink& sink);

/// Audits the vault of `run`. Throws not_found, corrupt (the `vault` object itself), storage,
/// usage, wrong_key, cancelled.
[[nodiscard]] AuditReport audit(const Run& run, const AuditOptions& options,
                                const UnlockSource& unlock = {});

/// A code of findings. Codes are never renamed: scripts depend on them.
struct AuditCode {
  const char* code;
  Severity severity;
  const char* meaning;  ///< A sentence.
};

[[nodiscard]] const std::vector<AuditCode>& audit_codes();

/// What no audit can prove, one sentence each; printed with every report.
[[nodiscard]] const std::vector<std::string>& audit_limits();

}  // namespace valise
