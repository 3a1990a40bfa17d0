#include "ops/audit_pins.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "ops/card_file.hpp"

namespace valise {
namespace {

void add_card_folder(const std::filesystem::path& folder, std::set<Bytes32>& keys) {
  std::size_t owners = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with('.') || !name.ends_with(".card") || file.is_directory()) continue;
    const std::optional<Card> card = read_card_file(file.path());
    if (!card || card->kind != CardKind::owner) continue;
    keys.insert(card->sign_pk);
    ++owners;
  }
  if (error) {
    throw Error(ErrorKind::storage, "cannot list " + folder.string() + ": " + error.message());
  }
  if (owners == 0) {
    throw Error(ErrorKind::usage,
                folder.string() + ": no file NAME.card in this folder is an owner's card");
  }
}

}  // namespace

std::set<Bytes32> read_pins(const std::vector<std::filesystem::path>& pins) {
  std::set<Bytes32> keys;
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
    keys.insert(card->sign_pk);
  }
  return keys;
}

}  // namespace valise
