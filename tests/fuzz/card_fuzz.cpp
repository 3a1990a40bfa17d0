#include "crypto/hash.hpp"
#include "format/card.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

void rebuild_card(ByteSpan bytes) {
  accepts([&] {
    const Card card = parse_card(bytes, "card");
    promise(encode_card(card) == Bytes(bytes.begin(), bytes.end()), "a card has one form");
    promise(usable_public_key(card.pk), "a card's key is usable");
    promise(fingerprint(card.pk, card.sign_pk, card.name).size() == 19, "a fingerprint's length");
    promise(encode_card(card_from_text(card_text(card), "card")) == encode_card(card),
            "a card's text reads back");
  });
}

}  // namespace

void card(ByteSpan input) {
  rebuild_card(input);
  accepts([&] { static_cast<void>(card_from_text(text_of(input), "card")); });
  // The same with a checksum that fits, to get past it.
  Bytes summed(input.begin(), input.end());
  summed.resize(kCardBytes);
  const Bytes32 sum = hash("VL1.card.sum", {ByteSpan(summed).first(kCardBytes - 4)});
  std::copy_n(sum.begin(), 4, summed.end() - 4);
  rebuild_card(summed);
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(card);
