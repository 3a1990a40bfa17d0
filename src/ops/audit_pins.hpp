#pragma once

#include <filesystem>
#include <set>
#include <vector>

#include "base/bytes.hpp"

namespace valise {

/// The signing keys on owners' cards: those of card files, and of all cards in folders (agents'
/// cards there are passed over). Throws Error(usage) for a card that is absent or an agent's, and
/// for a folder without an owner's card; Error(corrupt) for a file that is no card.
[[nodiscard]] std::set<Bytes32> read_pins(const std::vector<std::filesystem::path>& pins);

}  // namespace valise
