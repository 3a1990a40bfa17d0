#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace valise {

/// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none (RFC 3629:
/// no overlong form, no surrogate, nothing over U+10FFFF).
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// True for well-formed UTF-8.
[[nodiscard]] bool valid_utf8(std::string_view text) noexcept;

/// Every malformed sequence replaced by one U+FFFD, as browsers do it ("maximal subparts").
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

/// True for well-formed UTF-8 that shows what it holds: no control character (C0, C1, DEL), no
/// line or paragraph separator and none of the marks that turn the direction of writing, with
/// which one name could be shown as another. The list is fixed, since stored names are judged by
/// it: what one version wrote, no later one with newer Unicode tables may refuse.
[[nodiscard]] bool printable_utf8(std::string_view text) noexcept;

}  // namespace valise
