#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "valise/run.hpp"

namespace valise {

// What an audit reports; valise/audit.hpp makes one.

enum class Severity { info, warning, error };

/// One thing that is not as it should be.
struct AuditFinding {
  std::string code;  ///< One of audit_codes().
  Severity severity = Severity::error;
  std::string object;         ///< Which object or snapshot.
  std::string message;        ///< A sentence for people; names the object.
  std::string snapshot = {};  ///< The backup it is about, if it is about one: 32 hex digits.
};

/// A reader of a policy or of a backup. The owner is never drilled: who holds the passphrase or the
/// code proves that by any restore.
struct AuditedReader {
  Reader reader;
  bool drilled = false;
  std::optional<UnixSeconds> last_drilled;
};

/// One backup: a row of the report. Times are claims of the device that signed it.
struct AuditedBackup {
  std::string snapshot;  ///< 32 hex digits.
  UnixSeconds time = 0;
  std::string signer;  ///< 64 hex digits.
  std::string device;  ///< Its name.
  std::uint64_t seq = 0;
  std::string source;  ///< 32 hex digits.
  bool full = false;
  bool copy = false;  ///< Of a snapshot of this or another vault, as its device says.
  bool escrow = false;
  unsigned k = 0;                      ///< How many agents it takes; 0 is end-to-end.
  std::vector<AuditedReader> readers;  ///< `drilled` speaks of this very backup.
  UnixSeconds policy_since = 0;
  std::string policy;  ///< Entry id, 64 hex digits.
  int level = 0;       ///< 0 to 3: L0 .. L3.
  /// The key at hand opened its own slot, which is exactly the one that it can open, and
  /// database and catalog decrypt; media packs are not read. With the owner's key this is so for
  /// every slot, and the level says it.
  bool own_slot_rebuilt = false;
  bool present = false;
  std::vector<std::string> findings;  ///< Codes.
  std::uint64_t bytes = 0;            ///< Of the container, as its entry says.
};

/// A policy that the owner signed.
struct AuditedPolicy {
  std::string id;  ///< Entry id, 64 hex digits.
  UnixSeconds since = 0;
  std::optional<UnixSeconds> until;  ///< When the owner replaced it.
  bool escrow = false;
  unsigned k = 0;
  std::uint32_t min_keep_days = 0;
  std::vector<AuditedReader> readers;  ///< Drilled on any backup under this policy.
  std::uint64_t backups = 0;           ///< Listed ones under it.
};

/// A device that the owner enrolled, or one that wrote a log and is not certified.
struct AuditedDevice {
  std::string signer;     ///< 64 hex digits.
  std::string name;       ///< "uncertified 1a2b3c4d" where nothing that the owner signed tells it.
  UnixSeconds since = 0;  ///< Of certified ones.
  bool revoked = false;
  std::uint64_t backups = 0;  ///< Listed ones that it signed.
  /// The owner's log has its DEVICE entry. Else it was never enrolled, or the entry is gone: its
  /// backups are at L0, with the finding "uncertified".
  bool certified = true;
};

/// An escrow agent, over all policies of the vault that name it.
struct AuditedAgent {
  std::string name;
  std::string fingerprint;
  std::vector<std::string> policies;        ///< Entry ids.
  std::uint64_t backups = 0;                ///< Listed ones that it can open, alone or with others.
  std::uint64_t alone = 0;                  ///< Those of them that it can open alone.
  std::optional<UnixSeconds> last_drilled;  ///< By its own claim.
  std::string last_drilled_backup;          ///< Snapshot; empty where it never was.
};

/// Backups of one source that follow each other under one policy.
struct AuditedStretch {
  std::string policy;
  bool escrow = false;
  unsigned k = 0;
  UnixSeconds from = 0;  ///< The first and the last backup of it.
  UnixSeconds to = 0;
  std::uint64_t backups = 0;
  std::uint64_t flawed = 0;  ///< Those with a finding.
};

/// A span without a backup that is much longer than is usual for the source.
struct AuditedGap {
  UnixSeconds from = 0;
  UnixSeconds to = 0;
};

/// In how many equal parts of its time a source's backups are counted.
inline constexpr std::size_t kDensityParts = 240;

/// What one device backs up under one id.
struct AuditedSource {
  std::string id;      ///< 32 hex digits.
  std::string signer;  ///< Of its device: 64 hex digits.
  std::string device;  ///< The name of that device.
  std::uint64_t backups = 0;
  UnixSeconds first = 0;
  UnixSeconds last = 0;
  bool overdue = false;
  std::vector<AuditedStretch> stretches;  ///< In order.
  std::vector<AuditedGap> gaps;
  std::vector<UnixSeconds> flaws;  ///< Times of backups that are missing or damaged.
  /// Backups in each of kDensityParts equal parts of the time from `first` to `last`.
  std::vector<std::uint32_t> density;
};

/// Where one signer's log stands.
struct CheckpointLine {
  std::string signer;  ///< 64 hex digits.
  std::uint64_t seq = 0;
  std::string entry_id;    ///< 64 hex digits.
  std::string vault = {};  ///< Its id, 32 hex digits; empty in lines of earlier versions.
};

/// A vault under audit: everything but its rows and findings. Backups that were pruned and are
/// gone count nowhere but in `pruned`.
struct AuditedVault {
  std::filesystem::path folder;
  std::string vault_id;
  std::string owner;  ///< root_pk, 64 hex digits.
  UnixSeconds audited_at = 0;
  bool pinned = false;  ///< The owner's key was compared with one held outside the vault.
  /// The card that it was found to be the same as; empty where it was another memory.
  std::filesystem::path pinned_card;
  bool deep = false;
  std::uint64_t backup_count = 0;
  /// Those of certified devices that the log names, that were pruned and are gone: they are none of
  /// backup_count.
  std::uint64_t pruned = 0;
  std::uint64_t escrowed = 0;
  std::uint64_t e2ee = 0;
  std::array<std::uint64_t, 4> levels{};  ///< How many backups are proven how far: L0 .. L3.
  std::uint64_t own_slots = 0;            ///< Those whose own_slot_rebuilt is set.
  /// Those that take more agents than the one whose key is at hand: its slot was opened, and
  /// nothing was rebuilt.
  std::uint64_t take_more = 0;
  std::uint64_t bytes = 0;  ///< Of all containers, as their entries say.
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  std::uint64_t notes = 0;
  std::vector<AuditedPolicy> policies;  ///< In the order in which they were signed.
  std::vector<AuditedDevice> devices;
  std::vector<AuditedAgent> agents;
  std::vector<AuditedSource> sources;
  std::vector<CheckpointLine> checkpoint;
  [[nodiscard]] std::uint64_t finding_count() const noexcept { return errors + warnings + notes; }
};

/// Over all vaults of one call.
struct AuditTotal {
  std::uint64_t vaults = 0;      ///< Audited.
  std::uint64_t unreadable = 0;  ///< Those that could not be.
  std::uint64_t backups = 0;
  std::uint64_t escrowed = 0;
  std::uint64_t e2ee = 0;
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  std::uint64_t notes = 0;
  std::uint64_t vaults_with_errors = 0;
  /// Lines of the checkpoint that could be compared with none of these vaults: how many, and which.
  std::uint64_t checkpoint_unused = 0;
  std::vector<CheckpointLine> unused_lines;
};

/// A whole report in memory.
struct AuditReport : AuditedVault {
  std::vector<AuditedBackup> backups;  ///< By source, then time.
  std::vector<AuditFinding> findings;  ///< Errors first.
  [[nodiscard]] bool has_errors() const noexcept { return errors > 0; }
};

}  // namespace valise
