#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "valise/utf8.hpp"

namespace valise::cli {

/// The longest beginning of at most `bytes_max` bytes that does not cut a character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

/// What may stand on a terminal: malformed sequences, control characters and those that turn the
/// direction of writing become U+FFFD. File names and the names in a vault come from others, and
/// must not steer the terminal or pass for other names.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that a printable text takes: its characters, since names rarely hold wide ones.
[[nodiscard]] std::size_t columns(std::string_view text) noexcept;

}  // namespace valise::cli
