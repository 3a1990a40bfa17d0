#pragma once

#include <set>

#include "state/state.hpp"
#include "vault/vault.hpp"

namespace valise {

/// The packs that a snapshot of this device may name, by the state's numbers: in the vault, whole
/// as far as a listing tells, not found damaged by a scrub, and not about to be removed by a prune
/// of another device. Throws Error(storage), StateError.
[[nodiscard]] std::set<std::uint32_t> usable_packs(const Vault& vault, const State& state);

}  // namespace valise
