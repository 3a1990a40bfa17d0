#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace valise {

[[nodiscard]] bool valid_utf8(ByteSpan bytes) noexcept;
/// Every invalid sequence replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);
/// True if a character of the categories Cc, Cf (but for joiners), Zl or Zp is in valid UTF-8:
/// such a name could disguise itself on a terminal.
[[nodiscard]] bool has_control_characters(std::string_view text) noexcept;

}  // namespace valise
