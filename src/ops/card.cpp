#include "valise/card.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/new_file.hpp"
#include "ops/card_file.hpp"
#include "ops/enrolment.hpp"
#include "storage/local_storage.hpp"
#include "vault/key_ring.hpp"

namespace valise {
namespace {

CardView card_view_of(const Card& card) {
  return {card.name, card.kind == CardKind::agent, fingerprint(card.pk, card.sign_pk, card.name),
          card_text(card)};
}

Card card_of_owner(const Vault& vault, const Run& run, const UnlockSource& unlock) {
  const auto credential = known_credential(run, vault.id());
  if (!credential) return make_card(open_owner_key(vault, unlock()), CardKind::owner, kOwnerName);
  Card card;
  card.kind = CardKind::owner;
  card.pk = credential->owner_pk;
  card.sign_pk = credential->root_pk;
  card.psk = Secret(32);
  card.name = kOwnerName;
  return card;
}

}  // namespace

std::optional<Card> read_card_file(const std::filesystem::path& path) {
  const std::optional<Bytes> bytes = read_file(path, kCardFileBytesMax);
  if (!bytes) return std::nullopt;
  return card_from_text(text_of(*bytes), path.string());
}

CardView show_card(const std::filesystem::path& dir) {
  std::error_code error;
  const std::filesystem::path path =
      std::filesystem::is_directory(dir, error) ? dir / kCardFileName : dir;
  const std::optional<Card> card = read_card_file(path);
  if (!card) {
    throw Error(ErrorKind::not_found,
                path.string() + ": there is no card here; make one with \"valise escrow keygen\"");
  }
  return card_view_of(*card);
}

CardView owner_card(const Run& run, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const Vault vault = Vault::open(storage);
  return card_view_of(card_of_owner(vault, run, unlock));
}

void write_card(const CardView& card, const std::filesystem::path& file) {
  write_new_file(file, bytes_of(card.text + "\n"), card.agent ? 0600 : 0644);
}

}  // namespace valise
