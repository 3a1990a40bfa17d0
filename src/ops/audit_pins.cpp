#include "ops/audit_pins.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "ops/card_file.hpp"

namespace valise {
namespace {

void add_card_folder(const std::filesystem::path& folder, PinnedCards& keys) {
  std::vector<std::filesystem::path> cards;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with('.') || !name.ends_with(".card") || file.is_directory()) continue;
    cards.push_back(file.path());
  }
  if (error) {
    throw Error(ErrorKind::storage, "cannot list " + folder.string() + ": " + error.message());
  }
  // A folder has no order: of two cards of one owner always the same is named.
  std::sort(cards.begin(), cards.end());
  std::size_t owners = 0;
  for (const std::filesystem::path& file : cards) {
    const std::optional<Card> card = read_card_file(file);
    if (!card || card->kind != CardKind::owner) continue;
    keys.emplace(card->sign_pk, file);
    ++owners;
  }
  if (owners == 0) {
    throw Error(ErrorKind::usage,
                folder.string() + ": no file NAME.card in this folder is an owner's card");
  }
}

}  // namespace

PinnedCards read_pins(const std::vector<std::filesystem::path>& pins) {
  PinnedCards keys;
  for (const std::filesystem::path& pin : pins) {
    std::error_code error;
    if (std::filesystem::is_directory(pin, error)) {
      add_card_folder(pin, keys);
      continue;
    }
    const std::optional<Card> card = read_card_file(pin);
    if (!card) throw Error(ErrorKind::usage, pin.string() + ": there is no such card file");
    if (card->kind != CardKind::owner) {
      throw Error(ErrorKind::usage, pin.string() + ": it is an agent's card, not an owner's");
    }
    keys.emplace(card->sign_pk, pin);
  }
  return keys;
}

}  // namespace valise
