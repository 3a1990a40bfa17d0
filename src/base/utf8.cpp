#include "base/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace valise {
namespace {

/// The next code point, which is cut off the front of `text`; nothing where it is malformed.
std::optional<std::uint32_t> next_code_point(std::string_view& text) noexcept {
  const auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte_at(0);
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return std::nullopt;
  std::uint32_t code_point = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(i) & 0xc0) != 0x80) return std::nullopt;
    code_point = (code_point << 6) | (byte_at(i) & 0x3fU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < kSmallest[length] || code_point > 0x10ffff || surrogate) return std::nullopt;
  text.remove_prefix(length);
  return code_point;
}

bool printable(std::uint32_t code_point) noexcept {
  if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return false;
  if (code_point >= 0x2028 && code_point <= 0x202e) return false;
  return code_point != 0x200e && code_point != 0x200f && code_point != 0x061c &&
         (code_point < 0x2066 || code_point > 0x2069);
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    if (!next_code_point(text)) return false;
  }
  return true;
}

bool printable_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto code_point = next_code_point(text);
    if (!code_point || !printable(*code_point)) return false;
  }
  return true;
}

}  // namespace valise
