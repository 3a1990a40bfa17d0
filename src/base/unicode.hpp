#pragma once

#include <string_view>

namespace valise {

/// True if a character of the categories Cc, Cf (but for joiners), Zl or Zp is in the text, or if
/// it is not valid UTF-8: such a name could disguise itself on a terminal. By the tables of the
/// Unicode library at hand, and so for what is shown and not for what is stored (printable_utf8).
[[nodiscard]] bool has_control_characters(std::string_view text) noexcept;

}  // namespace valise
