#include "base/unicode.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

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

template <typename Predicate>
bool has_any(std::string_view text, const Predicate& predicate) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return true;
    if (predicate(static_cast<utf8proc_int32_t>(code_point_of(text.substr(0, length))))) {
      return true;
    }
    text.remove_prefix(length);
  }
  return false;
}

}  // namespace

bool has_control_characters(std::string_view text) noexcept { return has_any(text, disguises); }

bool has_invisible_characters(std::string_view text) noexcept {
  return has_any(text, [](utf8proc_int32_t code_point) {
    return utf8proc_get_property(code_point)->ignorable != 0;
  });
}

std::string folded(std::string_view text) {
  constexpr auto kFold = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* out = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &out, kFold);
  if (size < 0) return std::string(text);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(out, &std::free);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

}  // namespace valise
