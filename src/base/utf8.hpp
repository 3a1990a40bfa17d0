#pragma once

#include <cstdint>

#include "base/bytes.hpp"
// What may be shown is asked on both sides of the library's border.
#include "valise/utf8.hpp"

namespace valise {

/// Without a copy: of a passphrase there must be none.
[[nodiscard]] inline bool valid_utf8(ByteSpan bytes) noexcept {
  return valid_utf8(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// The number of a character, which must be a whole and valid one.
[[nodiscard]] std::uint32_t code_point_of(std::string_view character) noexcept;

}  // namespace valise
