#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace valise {

/// Two lower-case digits for each byte.
[[nodiscard]] std::string hex(ByteSpan bytes);

/// The bytes again; nothing for an odd length or any character but 0-9 and a-f. Upper case is
/// refused, so that no two object names mean the same id.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

}  // namespace valise
