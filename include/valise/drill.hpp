#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct DrillOptions {
  /// Names as in RestoreOptions; empty: the newest backup of each source that names the agent.
  std::vector<std::string> snapshots;
  bool all = false;  ///< Every backup that names the agent.
  /// Drill on the entries of a request instead of a vault, which is then not looked at; needs `to`.
  std::optional<std::filesystem::path> request;
  /// Hand the drills over as a new file instead of putting them into the vault.
  std::optional<std::filesystem::path> to;
};

struct DrilledBackup {
  std::string snapshot;  ///< 32 hex digits; empty where a drill that was handed over is of none.
  UnixSeconds time = 0;  ///< Of the backup.
  std::string agent;     ///< Its name in the policy.
  unsigned slot = 0;
  bool ok = false;
  bool fresh = false;  ///< False where the vault held this drill before.
  /// The slot opened, but something that is no drill stands in the drill's place in the vault.
  bool blocked = false;
  std::string problem;  ///< What is wrong with the slot; empty when ok.
};

struct DrillReport {
  std::string vault_id;  ///< 32 hex digits.
  std::string owner;     ///< root_pk, 64 hex digits.
  std::vector<DrilledBackup> backups;
  std::uint64_t failed = 0;
};

/// An agent opens its slot of backups and signs that it could: the drill that an audit wants. A
/// slot that does not open is in the report and hides no other. Throws usage, not_found, wrong_key
/// (the key, or no backup names this agent), corrupt, storage.
[[nodiscard]] DrillReport drill(const Run& run, const DrillOptions& options,
                                const UnlockSource& unlock);

/// Puts the drills of a file that an agent handed over into the vault, each checked first; one that
/// does not fit is in the report and hides no other. Needs no key. Throws not_found, corrupt (no
/// file of drills), limit, storage.
[[nodiscard]] DrillReport accept_drills(const Run& run, const std::filesystem::path& file);

}  // namespace valise
