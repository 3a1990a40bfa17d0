#pragma once

#include <map>
#include <set>
#include <vector>

#include "vault/root_chain.hpp"
#include "vault/vault.hpp"

namespace valise {

/// What the logs of a vault say, as far as they can be read: what a scrub compares objects with.
struct LoggedObjects {
  /// By bid; of every signer. One that counts comes before others that claim its id.
  std::map<Bytes16, Entry> backups;
  std::set<Bytes16> pruned;
  std::vector<ObjectName> prunes;                  ///< The PRUNE entries that count.
  std::map<Bytes32, std::vector<Agent>> policies;  ///< Agents by policy id.
  std::map<Bytes32, std::uint64_t> heads;  ///< Last entry of each device by the newest policy.
  /// Ids of entries that others name: those that count by prev and parent, and the owner by heads
  /// of policies and last good entries. A container that holds one of them is no leftover of a run.
  std::set<Bytes32> named;
  std::vector<LogProblem> problems;
};
/// Throws Error(storage); what is wrong with a log itself is one of the problems.
[[nodiscard]] LoggedObjects read_logged_objects(const Vault& vault);

}  // namespace valise
