#include "base/unicode.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"

namespace valise {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// The code point at the front of `text`, which is not empty, and the bytes it takes; less than
/// one byte where it is malformed.
std::pair<utf8proc_int32_t, utf8proc_ssize_t> front_of(std::string_view text) noexcept {
  utf8proc_int32_t code_point = -1;
  const auto length = utf8proc_iterate(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)), &code_point);
  return {code_point, length};
}

/// The bytes at the front of malformed `text` that one U+FFFD stands for: as many as could have
/// begun a character, at least one (Unicode 15, section 3.9, "maximal subparts", table 3-7).
std::size_t malformed_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0xc2 || first > 0xf4) return 1;
  const std::size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  // The second byte is what tells overlong forms, surrogates and what lies past the last plane.
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (text.size() < 2 || byte(1) < low || byte(1) > high) return 1;
  std::size_t length = 2;
  while (length < std::min(whole, text.size()) && (byte(length) & 0xc0) == 0x80) ++length;
  return length;
}

bool disguises(utf8proc_int32_t code_point) noexcept {
  constexpr utf8proc_int32_t kNonJoiner = 0x200c;
  constexpr utf8proc_int32_t kJoiner = 0x200d;  // Holds emoji of several persons together.
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    case UTF8PROC_CATEGORY_CF:
      return code_point != kNonJoiner && code_point != kJoiner;
    default:
      return false;
  }
}

}  // namespace

bool valid_utf8(ByteSpan bytes) noexcept {
  return valid_utf8(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = front_of(text).second;
    if (length > 0) {
      out.append(text.substr(0, static_cast<std::size_t>(length)));
      text.remove_prefix(static_cast<std::size_t>(length));
    } else {
      out.append(kReplacement);
      text.remove_prefix(malformed_length(text));
    }
  }
  return out;
}

bool has_control_characters(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto [code_point, length] = front_of(text);
    if (length <= 0 || disguises(code_point)) return true;
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return false;
}

}  // namespace valise
