#include "base/utf8.hpp"

#include <algorithm>

namespace valise {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

std::uint8_t byte_of(std::string_view text, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(text[index]);
}

/// How many bytes of `text`, which is not empty, could begin a character, and how many that would
/// take (Unicode 15, table 3-7): one that is malformed is the longest such beginning, at least one
/// byte (section 3.9, "maximal subparts").
struct Beginning {
  std::size_t sound = 1;
  std::size_t whole = 1;
  [[nodiscard]] bool valid() const noexcept { return sound == whole; }
};

Beginning beginning_of(std::string_view text) noexcept {
  const std::uint8_t first = byte_of(text, 0);
  if (first < 0x80) return {};
  if (first < 0xc2 || first > 0xf4) return {1, 2};
  Beginning found{1, first >= 0xf0 ? 4U : first >= 0xe0 ? 3U : 2U};
  // The second byte is what tells overlong forms, surrogates and what lies past the last plane.
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (text.size() < 2 || byte_of(text, 1) < low || byte_of(text, 1) > high) return found;
  const std::size_t most = std::min(found.whole, text.size());
  for (found.sound = 2; found.sound < most; ++found.sound) {
    if ((byte_of(text, found.sound) & 0xc0) != 0x80) break;
  }
  return found;
}

bool shows_itself(std::uint32_t code_point) noexcept {
  if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return false;
  if (code_point >= 0x2028 && code_point <= 0x202e) return false;
  return code_point != 0x200e && code_point != 0x200f && code_point != 0x061c &&
         (code_point < 0x2066 || code_point > 0x2069);
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const Beginning beginning = beginning_of(text);
  return beginning.valid() ? beginning.whole : 0;
}

std::uint32_t code_point_of(std::string_view character) noexcept {
  const std::uint8_t first = byte_of(character, 0);
  if (character.size() == 1) return first;
  std::uint32_t code_point = first & (0x7fU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) {
    code_point = code_point << 6 | (byte_of(character, i) & 0x3fU);
  }
  return code_point;
}

bool valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Beginning beginning = beginning_of(text);
    out.append(beginning.valid() ? text.substr(0, beginning.whole) : kReplacement);
    text.remove_prefix(beginning.sound);
  }
  return out;
}

bool printable_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || !shows_itself(code_point_of(text.substr(0, length)))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace valise
