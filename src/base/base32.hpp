#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace valise {

// Crockford's base32 (crockford.com/base32.html) without its check symbol: the alphabet
// 0-9 A-Z without I, L, O and U, most significant bit first. Text is written into and read from
// the caller's memory, because a recovery code is a secret and leaves no copy behind.

/// The number of characters that `byte_count` bytes need.
[[nodiscard]] constexpr std::size_t base32_length(std::size_t byte_count) noexcept {
  return (byte_count * 8 + 4) / 5;
}

/// Fills `text` with characters: bits after the last byte are zero, bits after the last character
/// are left out.
void base32_encode(MutableByteSpan text, ByteSpan bytes) noexcept;

/// Fills `bytes` with the bits of `text`, which holds characters only, no separators: bits after
/// the last character are zero. False when bits after the last byte are not zero, which would make
/// two texts of one value. As people type it: any case, O for 0, I and L for 1.
[[nodiscard]] bool base32_decode(MutableByteSpan bytes, ByteSpan text) noexcept;

/// The value of one character, read as forgivingly; nothing when it is none of the alphabet.
[[nodiscard]] std::optional<std::uint8_t> base32_value(std::uint8_t character) noexcept;

/// White space and hyphens, which people put between groups.
[[nodiscard]] bool base32_separator(std::uint8_t character) noexcept;

/// Bytes as people read them out: groups of 4 characters joined by '-'. Not for secrets.
[[nodiscard]] std::string base32_groups(ByteSpan bytes);

}  // namespace valise
