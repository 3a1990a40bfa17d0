#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "format/root_keys.hpp"

namespace valise {

inline constexpr std::size_t kNameBytes = 32;
using Name32 = ByteArray<kNameBytes>;

/// UTF-8 of 1 to 32 bytes, without control characters; throws Error(usage) otherwise.
[[nodiscard]] Name32 name32(std::string_view name);
/// The text of a name. Throws Error(corrupt) naming `object` when it is not valid UTF-8, holds a
/// control character or has bytes after its zero padding.
[[nodiscard]] std::string name_text(const Name32& name, std::string_view object);

enum class CardKind : std::uint8_t { owner = 1, agent = 2 };

inline constexpr std::size_t kCardBytes = 134;

/// What an owner and an agent hand to each other. Format: formats/card.md.
struct Card {
  CardKind kind = CardKind::agent;
  Bytes32 pk{};
  Bytes32 sign_pk{};
  Secret psk;  ///< 32 bytes; all zero on an owner's card.
  std::string name;
};

[[nodiscard]] Card make_card(const RootKeys& keys, CardKind kind, std::string_view name);
[[nodiscard]] Bytes encode_card(const Card& card);
/// Throws Error(corrupt) when a checksum, version, kind or reserved byte is wrong, a public key is
/// zero or of low order, or an owner's card holds a psk.
[[nodiscard]] Card parse_card(ByteSpan bytes, std::string_view object);
/// Crockford base32, 215 characters; card_from_text ignores white space and hyphens and reads as
/// forgivingly as a recovery code is read.
[[nodiscard]] std::string card_text(const Card& card);
[[nodiscard]] Card card_from_text(std::string_view text, std::string_view object);

/// 16 characters in groups of 4, to compare by voice.
[[nodiscard]] std::string fingerprint(const Bytes32& pk, const Bytes32& sign_pk,
                                      std::string_view name);

/// False for a public key whose shared secrets are all zero.
[[nodiscard]] bool usable_public_key(const Bytes32& pk);

}  // namespace valise
