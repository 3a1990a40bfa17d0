#pragma once

#include <functional>
#include <map>
#include <set>

#include "valise/scrub.hpp"
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
[[nodiscard]] LoggedObjects read_logged_objects(const Vault& vault);

/// What is to be said of a container that no entry of the logs named when they were read; its own
/// end holds the entry that should. Of kind "orphan" where a run was cut short before that entry,
/// "unlogged" where the entry was lost, nothing where it stands there by now. Throws
/// Error(corrupt), Error(storage).
[[nodiscard]] std::optional<ScrubFinding> unlogged_container(const Vault& vault,
                                                             const LoggedObjects& logged,
                                                             const ObjectInfo& object,
                                                             const Bytes16& bid);

/// Reads every byte of one object and says what is wrong with it; nothing when it is sound. Objects
/// of the log are left to read_logged_objects. Thread-safe.
[[nodiscard]] std::optional<ScrubFinding> check_object(
    const Vault& vault, const LoggedObjects& logged, const ObjectInfo& object,
    const std::function<void(std::uint64_t bytes)>& on_bytes);

}  // namespace valise
