#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "base/bytes.hpp"

namespace valise {

/// Owners' signing keys, and the card on which each stands: the first where there are several.
using PinnedCards = std::map<Bytes32, std::filesystem::path>;

/// The signing keys on owners' cards: those of card files, and of all cards in folders (agents'
/// cards there are passed over). Throws Error(usage) for a card that is absent or an agent's, and
/// for a folder without an owner's card; Error(corrupt) for a file that is no card.
[[nodiscard]] PinnedCards read_pins(const std::vector<std::filesystem::path>& pins);

}  // namespace valise
