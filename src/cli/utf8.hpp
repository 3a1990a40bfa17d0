#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace valise::cli {

/// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none (RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

[[nodiscard]] bool valid_utf8(std::string_view text) noexcept;

/// The longest beginning of at most `bytes_max` bytes that does not cut a character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

/// Every byte that is no part of a UTF-8 character replaced by U+FFFD.
[[nodiscard]] std::string replace_invalid(std::string_view text);

/// What may stand on a terminal: as replace_invalid, and control characters and those that turn the
/// direction of writing become U+FFFD too. File names and the names in a vault come from others,
/// and must not steer the terminal or pass for other names.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that a printable text takes: its characters, since names rarely hold wide ones.
[[nodiscard]] std::size_t columns(std::string_view text) noexcept;

}  // namespace valise::cli
