#include "base/unicode.hpp"

#include <utf8proc.h>

#include "base/utf8.hpp"

namespace valise {
namespace {

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

bool has_control_characters(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return true;
    if (disguises(static_cast<utf8proc_int32_t>(code_point_of(text.substr(0, length))))) {
      return true;
    }
    text.remove_prefix(length);
  }
  return false;
}

}  // namespace valise
