#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "valise/copy.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

/// Which snapshots of a source stay; a rule that is 0 keeps nothing. Days, weeks (ISO 8601, from
/// Monday) and months are those of UTC, and only those that have a snapshot count.
struct KeepRules {
  std::uint32_t last = 0;
  std::uint32_t daily = 0;  ///< The newest snapshot of each of so many days, and so on.
  std::uint32_t weekly = 0;
  std::uint32_t monthly = 0;
  std::uint64_t within_seconds = 0;  ///< Before the newest snapshot, so that no clock is asked.
  [[nodiscard]] bool none() const noexcept {
    return last == 0 && daily == 0 && weekly == 0 && monthly == 0 && within_seconds == 0;
  }
};

struct PruneOptions {
  KeepRules keep;
  std::string source;    ///< Only this source: the beginning of its id, or its file name.
  bool compact = false;  ///< Copy what a chain must keep, so that the rest of it can go.
  /// Hold no snapshot any more because it may be all that has some attachments: see PruneReport.
  bool drop_missing = false;
  bool dry_run = false;  ///< Say what would be done; write nothing.
};

/// One snapshot of this device, and what becomes of it.
struct PruneRow {
  std::string snapshot;
  std::string source;               ///< The id of the source; of a copy that of its original.
  std::optional<std::string> name;  ///< Where this device remembers it.
  UnixSeconds time = 0;             ///< The day that it shows.
  bool full = false;
  bool copy = false;
  bool keep = true;
  std::vector<std::string> reasons;  ///< Of a kept one why, in words.
  std::uint64_t bytes = 0;           ///< Of its container; 0 where it is missing.
};

/// A chain of which a part is only carried along, and which `compact` leaves as it is.
struct ChainLeft {
  std::string chain;   ///< The id of its full.
  std::string reason;  ///< In words.
};

struct PruneReport {
  std::vector<PruneRow> rows;       ///< By source, the newest first.
  std::uint64_t other_devices = 0;  ///< Snapshots that other devices wrote: never touched.
  std::uint64_t pruned = 0;
  std::uint64_t kept = 0;
  /// Kept whatever the rules say, as they may be all that has attachments which later ones lack:
  /// this device has lost its state since, and the files were not on the disk any more.
  std::uint64_t held = 0;
  /// Containers that an earlier run gave up and could not remove any more, and those of runs that
  /// were cut short before their entry.
  std::uint64_t leftovers = 0;
  std::uint64_t orphans = 0;
  std::uint64_t bytes_freed = 0;  ///< Of all these containers.
  std::uint64_t packs = 0;        ///< Media packs that no container names any more.
  std::uint64_t pack_bytes = 0;
  std::string packs_wait;    ///< Why none of them was looked for; "" where they were.
  bool packs_later = false;  ///< What goes names packs; those that only it names go a day later.
  std::vector<CopyFailure> failures;  ///< Of `compact`.
  std::vector<ChainLeft> chains_left;
  std::uint64_t copied = 0;       ///< In a dry run those that would be; `kept` counts them.
  std::uint64_t bytes_added = 0;  ///< By the copies.
};

/// Gives up snapshots of this device that no rule keeps and that no kept one builds on: a signed
/// PRUNE entry first, then the containers, newest to oldest; then media packs that no container
/// has named for a day. Needs no key, but for `compact` (`unlock` may be empty without it).
/// `on_plan`, which may be empty, is called with what will be done before anything is removed. With
/// `dry_run` and `compact` the report is that of the vault with the copies in it, which need no
/// key. A run that is cut short leaves only snapshots that restore whole, and the next one goes on.
/// Throws usage (no rule), not_found (no vault, no such source, not enrolled), locked, corrupt,
/// audit_finding (the vault was rolled back), storage, cancelled, and with `compact` as
/// copy_snapshots.
[[nodiscard]] PruneReport prune(const Run& run, const PruneOptions& options,
                                const UnlockSource& unlock,
                                const std::function<void(const PruneReport&)>& on_plan = {});

}  // namespace valise
