#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

enum class Severity { info, warning, error };

struct AuditFinding {
  std::string code;  ///< "signature", "uncertified", "gap", "fork", "stale-policy", "slot", ...
  Severity severity = Severity::error;
  std::string object;  ///< Which object or snapshot.
  std::string message;
};

struct AuditedReader {
  Reader reader;
  bool drilled = false;
  std::optional<UnixSeconds> last_drilled;
};

struct AuditedBackup {
  std::string snapshot;
  UnixSeconds time = 0;
  std::string signer;  ///< 64 hex digits.
  std::string device;  ///< Its name.
  std::uint64_t seq = 0;
  std::string source;  ///< 32 hex digits.
  bool full = false;
  bool escrow = false;
  unsigned k = 0;
  std::vector<AuditedReader> readers;
  UnixSeconds policy_since = 0;
  std::string policy;  ///< Entry id, 64 hex digits.
  int level = 0;       ///< 0 to 3: L0 .. L3.
  bool present = false;
  std::vector<std::string> findings;  ///< Codes.
};

struct CheckpointLine {
  std::string signer;
  std::uint64_t seq = 0;
  std::string entry_id;
};

struct AuditReport {
  std::string vault_id;
  std::string owner;    ///< root_pk, 64 hex digits.
  bool pinned = false;  ///< The owner's key was compared with one held outside the vault.
  std::vector<AuditedBackup> backups;  ///< By source, then time.
  std::vector<AuditFinding> findings;  ///< Errors first.
  std::vector<CheckpointLine> checkpoint;
  std::uint64_t escrowed = 0;
  std::uint64_t e2ee = 0;
  bool deep = false;
  [[nodiscard]] bool has_errors() const noexcept {
    for (const AuditFinding& finding : findings) {
      if (finding.severity == Severity::error) return true;
    }
    return false;
  }
};

struct AuditOptions {
  /// The owner's card file (text or bytes) that the vault must match.
  std::optional<std::filesystem::path> pin;
  /// A checkpoint as an earlier audit printed it: lines of signer, seq, entry id.
  std::optional<std::filesystem::path> checkpoint;
  bool deep = false;  ///< L3: rebuild every slot; needs `unlock`.
};

/// Says for each backup who can open it and how far that is proven. Without `deep` no key is
/// needed and only small objects are read. Throws not_found, corrupt (the `vault` object itself),
/// storage, wrong_key, cancelled.
[[nodiscard]] AuditReport audit(const Run& run, const AuditOptions& options,
                                const UnlockSource& unlock = {});

/// What no audit can prove, one sentence each; printed with every report.
[[nodiscard]] const std::vector<std::string>& audit_limits();

}  // namespace valise
