#pragma once

#include <set>

#include "state/state.hpp"
#include "valise/run.hpp"
#include "vault/vault.hpp"

namespace valise {

/// The packs that a snapshot of this device may name, by the state's numbers: in the vault, whole
/// as far as a listing tells, not found damaged by a scrub, and not about to be removed by a prune
/// of another device. Those numbered from `first_of_run` on were put by this run. Throws
/// Error(storage), StateError.
[[nodiscard]] std::set<std::uint32_t> usable_packs(const Vault& vault, const State& state,
                                                   const Clock& clock, std::uint32_t first_of_run);
/// The number that the next pack of the state gets, or less.
[[nodiscard]] std::uint32_t next_pack_number(const State& state);

}  // namespace valise
