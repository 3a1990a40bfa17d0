#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "valise/backup.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct CopyOptions {
  /// Each as in RestoreOptions. With none of them, `all` or `source` must be given.
  std::vector<std::string> snapshots;
  bool all = false;          ///< Every snapshot.
  std::string source;        ///< Only snapshots of this source: id prefix or file name.
  std::filesystem::path to;  ///< The folder of the vault that gets them; may be the same vault.
  bool dry_run = false;      ///< Say what would be copied; write nothing.
  bool whole = false;        ///< No copy of a snapshot of which an attachment is damaged.
};

/// Who can open some snapshots.
struct CopyReaders {
  std::string policy;  ///< "e2ee" or "escrow".
  unsigned k = 0;
  std::vector<Reader> readers;
  std::uint64_t snapshots = 0;
};

/// What will be copied, as far as it is known before anything is written.
struct CopyPlan {
  std::string from_vault;  ///< 32 hex digits.
  std::string to_vault;
  std::filesystem::path from_path;
  std::filesystem::path to_path;
  std::uint64_t snapshots = 0;      ///< To be copied.
  std::uint64_t copied_before = 0;  ///< Asked for, and there already: left out.
  std::uint64_t sources = 0;
  UnixSeconds first = 0;  ///< The days that those to be copied show.
  UnixSeconds last = 0;
  std::vector<CopyReaders> from;  ///< Who can open the originals.
  CopyReaders to;                 ///< Who can open the copies.
  [[nodiscard]] bool same_vault() const { return from_vault == to_vault; }
};

/// A snapshot that was not copied.
struct CopyFailure {
  std::string snapshot;
  UnixSeconds time = 0;
  Error error;
};

struct CopyReport {
  CopyPlan plan;
  std::vector<BackupSummary> copies;
  /// Error(corrupt) for a damaged snapshot and those that build on it, Error(wrong_key) for one
  /// that the key does not open. One whose attachments are damaged in part is copied without those,
  /// and each is a failure here.
  std::vector<CopyFailure> failures;
  /// The log of the vault that is copied from is older than this device remembers.
  bool rolled_back = false;
  std::uint64_t bytes_added = 0;
  double seconds = 0;
  /// What copying did not do, and what is left to do: sentences for people.
  std::vector<std::string> consequences;
};

/// Called as things become known; each may be empty.
struct CopyEvents {
  std::function<void(const CopyPlan&)> on_plan;  ///< Before anything is written.
  std::function<void(const BackupSummary&)> on_copy;
  std::function<void(const CopyFailure&)> on_failure;
};

/// Opens snapshots of the vault of `run` and seals them anew under the policy in force of another
/// vault, or of the same one, keeping their dates and origin. Wants a key of the first vault, and
/// this device enrolled in the second, whose key it does not need. What was copied under the same
/// readers before is left out, so that a run that was cut short goes on where it stopped. Throws
/// usage, not_found (no vault; no such snapshot; this device is not enrolled), wrong_key, locked,
/// corrupt (a vault's log), audit_finding (the second vault was rolled back), storage, limit,
/// cancelled.
[[nodiscard]] CopyReport copy_snapshots(const Run& run, const CopyOptions& options,
                                        const UnlockSource& unlock, const CopyEvents& events = {});

}  // namespace valise
