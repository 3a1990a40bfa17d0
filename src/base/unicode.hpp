#pragma once

#include <string>
#include <string_view>

namespace valise {

/// True if a character of the categories Cc, Cf (but for joiners), Zl or Zp is in the text, or if
/// it is not valid UTF-8: such a name could disguise itself on a terminal. By the tables of the
/// Unicode library at hand, and so for what is shown and not for what is stored (printable_utf8).
[[nodiscard]] bool has_control_characters(std::string_view text) noexcept;

/// True if a character that is shown as nothing at all where it is not understood
/// (Default_Ignorable_Code_Point: joiners, fillers, variation selectors) is in the text, or if it
/// is not valid UTF-8.
[[nodiscard]] bool has_invisible_characters(std::string_view text) noexcept;

/// The text as Unicode's NFKC_Casefold makes it: equal for names that differ by nothing but case,
/// width, composition or invisible characters. What is not valid UTF-8 stays as it is.
[[nodiscard]] std::string folded(std::string_view text);

}  // namespace valise
