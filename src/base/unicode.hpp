#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace valise {

[[nodiscard]] bool valid_utf8(ByteSpan bytes) noexcept;
/// Every malformed sequence replaced by one U+FFFD, as browsers do it ("maximal subparts").
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);
/// True if a character of the categories Cc, Cf (but for joiners), Zl or Zp is in the text, or if
/// it is not valid UTF-8: such a name could disguise itself on a terminal.
[[nodiscard]] bool has_control_characters(std::string_view text) noexcept;

}  // namespace valise
