#include "format/card.hpp"

#include <cassert>

#include "base/base32.hpp"
#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "crypto/hash.hpp"
#include "crypto/x25519.hpp"

namespace valise {
namespace {

constexpr std::uint8_t kCardVersion = 1;
constexpr std::size_t kSumBytes = 4;
constexpr std::size_t kSummedBytes = kCardBytes - kSumBytes;
constexpr std::size_t kCardCharacters = base32_length(kCardBytes);
constexpr std::size_t kFingerprintBytes = 10;

ByteArray<kSumBytes> checksum(ByteSpan before) {
  return array_of<kSumBytes>(hash("VL1.card.sum", {before}));
}

}  // namespace

Name32 name32(std::string_view name) {
  if (name.empty() || name.size() > kNameBytes) {
    throw Error(ErrorKind::usage, "a name has 1 to 32 bytes of UTF-8; choose another");
  }
  if (!printable_utf8(name)) {
    throw Error(ErrorKind::usage,
                "a name is UTF-8 without control characters or direction marks; choose another");
  }
  return array_of<kNameBytes>(bytes_of(name));
}

std::string name_text(const Name32& name, std::string_view object) {
  const auto end = std::find(name.begin(), name.end(), std::uint8_t{0});
  std::string text(name.begin(), end);
  const bool padded = std::all_of(end, name.end(), [](std::uint8_t b) { return b == 0; });
  if (text.empty() || !padded || !printable_utf8(text)) {
    throw Error(ErrorKind::corrupt, std::string(object) + ": a name in it is not valid");
  }
  return text;
}

Card make_card(const RootKeys& keys, CardKind kind, std::string_view name) {
  // The name is checked here, so that no key is handed out under one that no reader accepts.
  static_cast<void>(name32(name));
  Card card;
  card.kind = kind;
  card.pk = keys.pk();
  card.sign_pk = keys.sign_pk();
  card.psk = kind == CardKind::agent ? Secret::copy_of(keys.psk()) : Secret(32);
  card.name = name;
  return card;
}

Bytes encode_card(const Card& card) {
  assert(card.psk.size() == 32);
  ByteWriter out;
  out.u8(kCardVersion).u8(static_cast<std::uint8_t>(card.kind));
  out.bytes(card.pk).bytes(card.sign_pk).bytes(card.psk.view()).bytes(name32(card.name));
  out.bytes(checksum(out.view()));
  assert(out.size() == kCardBytes);
  return out.take();
}

Card parse_card(ByteSpan bytes, std::string_view object) {
  ByteReader in(bytes, object);
  if (bytes.size() != kCardBytes) in.fail("it is not a card: it has the wrong length");
  if (checksum(bytes.first(kSummedBytes)) != array_of<kSumBytes>(bytes.subspan(kSummedBytes))) {
    in.fail("its checksum does not match: it was copied wrongly; ask for the card again");
  }
  if (in.u8() != kCardVersion) {
    in.fail("it was made by a newer version of valise; update this one");
  }
  const std::uint8_t kind = in.u8();
  if (kind != static_cast<std::uint8_t>(CardKind::owner) &&
      kind != static_cast<std::uint8_t>(CardKind::agent)) {
    in.fail("it is neither an owner's card nor an agent's");
  }
  Card card;
  card.kind = static_cast<CardKind>(kind);
  card.pk = in.array<32>();
  card.sign_pk = in.array<32>();
  card.psk = Secret::copy_of(in.take(32));
  card.name = name_text(in.array<kNameBytes>(), object);
  const bool has_psk = !equal_secret(card.psk.view(), Secret(32).view());
  if (has_psk != (card.kind == CardKind::agent)) {
    in.fail(has_psk ? "an owner's card holds a secret" : "an agent's card holds no secret");
  }
  if (!usable_public_key(card.pk)) in.fail("its public key is of low order");
  return card;
}

std::string card_text(const Card& card) {
  Bytes bytes = encode_card(card);
  Bytes characters(kCardCharacters);
  base32_encode(characters, bytes);
  std::string text = text_of(characters);
  wipe(bytes);
  wipe(characters);
  return text;
}

Card card_from_text(std::string_view text, std::string_view object) {
  Secret characters(kCardCharacters);
  std::size_t count = 0;
  for (const std::uint8_t character : bytes_of(text)) {
    if (base32_separator(character)) continue;
    if (count < kCardCharacters) characters.mutable_view()[count] = character;
    ++count;
  }
  Secret bytes(kCardBytes);
  if (count != kCardCharacters || !base32_decode(bytes.mutable_view(), characters.view())) {
    throw Error(ErrorKind::corrupt, std::string(object) + ": it is not a card, which is " +
                                        std::to_string(kCardCharacters) +
                                        " characters of 0-9 and A-Z");
  }
  return parse_card(bytes.view(), object);
}

std::string fingerprint(const Bytes32& pk, const Bytes32& sign_pk, std::string_view name) {
  const Bytes32 digest = hash("VL1.card", {pk, sign_pk, name32(name)});
  return base32_groups(ByteSpan(digest).first(kFingerprintBytes));
}

bool usable_public_key(const Bytes32& pk) {
  // A table of low-order points would have to list every encoding of them. Multiplying settles it:
  // the clamped scalar is a multiple of 8, so exactly the points of low order give zero.
  constexpr Bytes32 kScalar{0x08};
  return x25519_shared(kScalar, pk).has_value();
}

}  // namespace valise
