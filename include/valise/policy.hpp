#pragma once

#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct PolicyView {
  std::string id;  ///< Entry id, 64 hex digits.
  bool escrow = false;
  unsigned k = 0;
  std::vector<Reader> agents;
  UnixSeconds since = 0;
  std::uint32_t min_keep_days = 0;
};

/// The policy in force. Throws not_found, corrupt, storage.
[[nodiscard]] PolicyView show_policy(const Run& run);

/// One policy of the vault's history, and what was backed up under it.
struct PolicyPeriod {
  PolicyView policy;
  std::optional<UnixSeconds>
      until;                  ///< When the next one was signed; nothing for the one in force.
  std::uint64_t backups = 0;  ///< That count and were not pruned.
  std::optional<UnixSeconds> first_backup;
  std::optional<UnixSeconds> last_backup;
};

/// All policies that the owner has signed, in that order. No key is needed. Throws not_found,
/// corrupt, storage.
[[nodiscard]] std::vector<PolicyPeriod> policy_history(const Run& run);

struct PolicyChange {
  bool escrow = false;
  unsigned k = 0;
  /// Each a path of a card file, or the name of an agent of an earlier policy. With a slash it is a
  /// path; without, and where there are both, they must be the same agent.
  std::vector<std::string> agents;
  std::optional<std::uint32_t> min_keep_days;  ///< Absent: as before.
};

/// An agent whom a card brings into a policy.
struct NewAgent : Reader {
  /// The fingerprints of other agents of this name, whom earlier policies name: in whatever case,
  /// width or composition of its letters.
  std::vector<std::string> namesakes;
};

struct PolicyChangeResult {
  PolicyView before;
  PolicyView after;
  /// In words: which backups stay readable by whom, and what each agent who is taken out can still
  /// open.
  std::vector<std::string> consequences;
};

/// Signs a new policy. `confirm` gets each agent that comes from a card before the key is asked for
/// and ends the verb with Error(usage) by returning false. Throws usage (k, n, a name that is not
/// known, that a new agent may not have, or that may mean a file as well), not_found, corrupt,
/// wrong_key, storage.
[[nodiscard]] PolicyChangeResult set_policy(const Run& run, const PolicyChange& change,
                                            const UnlockSource& unlock,
                                            const std::function<bool(const NewAgent&)>& confirm);

}  // namespace valise
