#pragma once

#include <vector>

#include "format/root_keys.hpp"
#include "valise/policy.hpp"
#include "vault/root_chain.hpp"

namespace valise {

/// An agent that a new policy will name: from a card, or from an earlier policy that names it.
struct ChosenAgent {
  Agent agent;
  Secret psk;  ///< Empty for one of an earlier policy: the owner's key opens it.
  const Entry* earlier = nullptr;  ///< That policy.
  std::size_t place = 0;           ///< Among its agents.
};

/// The agents that `change` names, 0 for an end-to-end policy and 1 to 16 else, each known by one
/// name and one key. An argument with a slash is a file; one without is an agent of an earlier
/// policy or a file. Throws Error(usage), also where it may be either; Error(corrupt, storage).
[[nodiscard]] std::vector<ChosenAgent> choose_agents(const RootChain& roots,
                                                     const PolicyChange& change);

/// What the owner is asked about an agent that comes from a card.
[[nodiscard]] NewAgent new_agent(const RootChain& roots, const Agent& agent);

/// The agents' psks (32 n bytes), those of earlier policies opened with the owner's key. Throws
/// Error(corrupt).
[[nodiscard]] Secret gather_psks(std::vector<ChosenAgent>& chosen, const RootKeys& owner);

}  // namespace valise
