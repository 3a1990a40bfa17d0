#pragma once

#include <map>
#include <set>
#include <vector>

#include "vault/root_chain.hpp"
#include "vault/vault.hpp"

namespace valise {

/// An entry that claims a backup's id.
struct LoggedBackup {
  Entry entry;
  bool good = false;    ///< It counts (see Standing).
  bool pruned = false;  ///< Given up: by the owner, or by its own device after it.
};

/// What the logs of a vault say, as far as they can be read: what a scrub compares objects with.
struct LoggedObjects {
  /// By bid, every entry of every device that claims it: any writer can claim another's.
  std::map<Bytes16, std::vector<LoggedBackup>> backups;
  std::set<Bytes32> live;                          ///< Devices that are not revoked.
  std::vector<ObjectName> prunes;                  ///< The PRUNE entries that count.
  std::map<Bytes32, std::vector<Agent>> policies;  ///< Agents by policy id.
  std::map<Bytes32, std::uint64_t> heads;  ///< Last entry of each device by the newest policy.
  /// Ids of entries that others name: those that count by prev and parent, and the owner by heads
  /// of policies and last good entries. A container that holds one of them is no leftover of a run.
  std::set<Bytes32> named;
  std::vector<LogProblem> problems;
  /// Names in damaged/ of entries that were moved there.
  std::set<ObjectName> set_aside;

  /// The claim that a container with this entry is the backup of: the very same entry, and one that
  /// counts, where any that counts claims its id. Null where there is none.
  [[nodiscard]] const LoggedBackup* claim_of(const Entry& carried) const;
  /// Whether any entry that was not given up claims the id.
  [[nodiscard]] bool keeps(const Bytes16& bid) const;
};
/// Throws Error(storage); what is wrong with a log itself is one of the problems.
[[nodiscard]] LoggedObjects read_logged_objects(const Vault& vault);

}  // namespace valise
