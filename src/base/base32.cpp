#include "base/base32.hpp"

#include <string_view>

namespace valise {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

void base32_encode(MutableByteSpan text, ByteSpan bytes) noexcept {
  unsigned window = 0;
  unsigned window_bits = 0;
  std::size_t next = 0;
  for (std::uint8_t& character : text) {
    if (window_bits < 5) {
      window = (window << 8) | (next < bytes.size() ? bytes[next++] : 0U);
      window_bits += 8;
    }
    window_bits -= 5;
    character = static_cast<std::uint8_t>(kAlphabet[(window >> window_bits) & 0x1f]);
    window &= (1U << window_bits) - 1;
  }
}

bool base32_decode(MutableByteSpan bytes, ByteSpan text) noexcept {
  unsigned window = 0;
  unsigned window_bits = 0;
  std::size_t next = 0;
  unsigned left_over = 0;
  for (const std::uint8_t character : text) {
    const auto value = base32_value(character);
    if (!value) return false;
    window = (window << 5) | *value;
    window_bits += 5;
    if (window_bits < 8) continue;
    window_bits -= 8;
    const auto byte = static_cast<std::uint8_t>(window >> window_bits);
    window &= (1U << window_bits) - 1;
    if (next < bytes.size()) {
      bytes[next++] = byte;
    } else {
      left_over |= byte;
    }
  }
  if (next < bytes.size()) {
    bytes[next++] = static_cast<std::uint8_t>(window << (8 - window_bits));
  } else {
    left_over |= window;
  }
  while (next < bytes.size()) bytes[next++] = 0;
  return left_over == 0;
}

std::optional<std::uint8_t> base32_value(std::uint8_t character) noexcept {
  if (character >= 'a' && character <= 'z') {
    character = static_cast<std::uint8_t>(character - 'a' + 'A');
  }
  if (character == 'O') character = '0';
  if (character == 'I' || character == 'L') character = '1';
  const std::size_t value = kAlphabet.find(static_cast<char>(character));
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

bool base32_separator(std::uint8_t character) noexcept {
  return character == ' ' || character == '-' || (character >= '\t' && character <= '\r');
}

std::string base32_groups(ByteSpan bytes) {
  Bytes characters(base32_length(bytes.size()));
  base32_encode(characters, bytes);
  std::string text;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    if (i > 0 && i % 4 == 0) text.push_back('-');
    text.push_back(static_cast<char>(characters[i]));
  }
  return text;
}

}  // namespace valise
