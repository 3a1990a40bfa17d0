#include "cli/utf8.hpp"

#include <cstdint>

namespace valise::cli {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::uint8_t byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(text[index]);
}

std::uint32_t code_point(std::string_view character) noexcept {
  const std::uint8_t first = byte_at(character, 0);
  if (character.size() == 1) return first;
  std::uint32_t point = first & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) {
    point = point << 6 | (byte_at(character, i) & 0x3FU);
  }
  return point;
}

bool steers_a_terminal(std::uint32_t point) noexcept {
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return true;
  // Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX 9), the line and
  // paragraph separators, and the byte order mark.
  return point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
         point == 0xFEFF;
}

template <typename Refuse>
std::string replace_where(std::string_view text, Refuse refuse) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || refuse(text.substr(0, length))) {
      out += kReplacement;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const std::uint8_t first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return 0;
  }
  const std::uint32_t point = code_point(text.substr(0, length));
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return overlong || surrogate || point > 0x10FFFF ? 0 : length;
}

bool valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t length = utf8_length(text.substr(end));
    if (length == 0 || end + length > bytes_max) break;
    end += length;
  }
  return text.substr(0, end);
}

std::string replace_invalid(std::string_view text) {
  return replace_where(text, [](std::string_view) { return false; });
}

std::string printable(std::string_view text) {
  return replace_where(
      text, [](std::string_view character) { return steers_a_terminal(code_point(character)); });
}

std::size_t columns(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

}  // namespace valise::cli
