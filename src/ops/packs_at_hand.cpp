#include "ops/packs_at_hand.hpp"

#include <algorithm>

namespace valise {

PacksAtHand::PacksAtHand(const Vault& vault, const State& state, std::set<std::uint32_t> usable)
    : vault_(vault), state_(state), usable_(std::move(usable)), packs_(state.packs()) {}

bool PacksAtHand::has(const CatalogFile& file) const {
  return std::all_of(file.pieces.begin(), file.pieces.end(), [this](const CatalogPiece& piece) {
    return usable_.contains(pack_number(piece.pack));
  });
}

// One that is not usable may stand there all the same: old, and perhaps named by no container that
// can be read (usable_packs.cpp).
const std::string& PacksAtHand::loss_of_pack(std::uint32_t number) {
  const auto [place, is_new] = losses_.try_emplace(number);
  if (!is_new) return place->second;
  const auto pack = packs_.find(number);
  if (pack == packs_.end()) throw StateError("the state has lost the id of a media pack");
  const ObjectName name = pack_object(pack->second.id);
  const std::optional<std::uint64_t> size = vault_.storage().size(name);
  if (!size) {
    place->second = name + " is missing from the vault";
  } else if (*size != pack->second.bytes) {
    place->second = name + " has not the size that was written";
  } else if (state_.is_damaged(name)) {
    place->second = name + " was found damaged by a scrub";
  }
  return place->second;
}

std::string PacksAtHand::loss_of(const CatalogFile& file) {
  for (const CatalogPiece& piece : file.pieces) {
    const std::uint32_t number = pack_number(piece.pack);
    if (usable_.contains(number)) continue;
    if (const std::string& loss = loss_of_pack(number); !loss.empty()) return loss;
  }
  return {};
}

void PacksAtHand::keep(const CatalogFile& file) {
  for (const CatalogPiece& piece : file.pieces) {
    const std::uint32_t number = pack_number(piece.pack);
    if (!usable_.contains(number)) kept_.insert(number);
  }
}

std::set<std::string> PacksAtHand::losses() const {
  std::set<std::string> all;
  for (const std::uint32_t number : kept_) {
    const auto loss = losses_.find(number);
    if (loss != losses_.end() && !loss->second.empty()) all.insert(loss->second);
  }
  return all;
}

}  // namespace valise
