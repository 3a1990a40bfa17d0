#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";    // U+FFFD
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // Takes no room, and hides.

}  // namespace

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t length = utf8_length(text.substr(end));
    if (length == 0 || end + length > bytes_max) break;
    end += length;
  }
  return text.substr(0, end);
}

std::string printable(std::string_view text) {
  const std::string valid = replace_invalid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view character = rest.substr(0, utf8_length(rest));
    const bool shown = printable_utf8(character) && character != kByteOrderMark;
    out += shown ? character : kReplacement;
    rest.remove_prefix(character.size());
  }
  return out;
}

std::size_t columns(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

}  // namespace valise::cli
