#pragma once

#include <filesystem>
#include <optional>

#include "base/bytes.hpp"
#include "valise/escrow.hpp"

namespace valise {

/// The owner with this root_pk among the cards that an agent keeps in `dir`; nothing when there is
/// none. Cards that cannot be read are left out. Throws Error(storage).
[[nodiscard]] std::optional<KnownOwner> find_known_owner(const std::filesystem::path& dir,
                                                         const Bytes32& root_pk);

}  // namespace valise
