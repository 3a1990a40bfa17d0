#pragma once

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

/// The seed as text: 9 groups of 4 Crockford base32 characters, joined by '-' (44 bytes of ASCII).
/// Format: formats/recovery_code.md.
[[nodiscard]] Secret format_recovery_code(ByteSpan seed);

/// Reads a code as people type it: any case, O for 0, I and L for 1, spaces and hyphens anywhere.
/// Returns the seed. Throws Error(wrong_key) that says what is wrong (length, character, checksum)
/// and never repeats the code.
[[nodiscard]] Secret parse_recovery_code(ByteSpan text);

}  // namespace valise
