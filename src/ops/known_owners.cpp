#include "ops/known_owners.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "ops/agent_name.hpp"
#include "ops/card_file.hpp"

namespace valise {
namespace {

constexpr const char* kOwnersFolder = "owners";
constexpr const char* kOwnerCardSuffix = ".card";

KnownOwner known_owner(const Card& card, std::string name) {
  return {std::move(name), hex(card.sign_pk), hex(vault_id_of(card.sign_pk)),
          fingerprint(card.pk, card.sign_pk, card.name)};
}

// The name becomes a file's name, and is shown to people.
void check_owner_name(const std::string& name) {
  check_shown_name(name);
  if (name.front() == '.') {
    throw Error(ErrorKind::usage, "the name \"" + name + "\" begins with a dot; choose another");
  }
}

}  // namespace

std::optional<KnownOwner> find_known_owner(const std::filesystem::path& dir,
                                           const Bytes32& root_pk) {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(dir / kOwnersFolder, error)) {
    if (file.path().extension() != kOwnerCardSuffix) continue;
    try {
      const std::optional<Card> card = read_card_file(file.path());
      if (card && card->kind == CardKind::owner && card->sign_pk == root_pk) {
        return known_owner(*card, file.path().stem().string());
      }
    } catch (const Error& failure) {
      if (failure.kind() == ErrorKind::storage) throw;
    }
  }
  return std::nullopt;
}

KnownOwner keep_owner_card(const std::filesystem::path& dir, const std::filesystem::path& path,
                           const std::string& name,
                           const std::function<bool(const KnownOwner&)>& confirm) {
  check_owner_name(name);
  const std::optional<Card> card = read_card_file(path);
  if (!card) throw Error(ErrorKind::not_found, path.string() + ": there is no such card file");
  if (card->kind != CardKind::owner) {
    throw Error(ErrorKind::usage, path.string() + ": it is an agent's card, not an owner's");
  }
  if (const auto known = find_known_owner(dir, card->sign_pk)) {
    throw Error(ErrorKind::usage,
                path.string() + ": this owner's card is kept already, as \"" + known->name + "\"");
  }
  KnownOwner owner = known_owner(*card, name);
  if (!confirm(owner)) {
    throw Error(ErrorKind::usage, "the owner was not confirmed; the card was not kept");
  }
  const std::filesystem::path kept = dir / kOwnersFolder / (name + kOwnerCardSuffix);
  make_folders(kept.parent_path());
  if (!write_file(kept, bytes_of(card_text(*card) + "\n"), 0600, Existing::refuse)) {
    throw Error(ErrorKind::usage, kept.string() +
                                      ": another owner's card is kept under this name; choose "
                                      "another with --as");
  }
  return owner;
}

}  // namespace valise
