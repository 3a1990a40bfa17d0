#pragma once

#include "crypto/secret.hpp"

namespace valise {

// Long enough for any sentence that a person remembers; bounds what is locked in memory.
inline constexpr std::size_t kPassphraseBytesMax = 1024;

/// The bytes that stand for a typed passphrase: UTF-8 in Unicode NFC, so that one keyboard's "é" is
/// another's "e" with an accent. `typed` has lost its line end already. No copy is left behind.
/// Throws Error(usage) when it is empty, longer than kPassphraseBytesMax or not valid UTF-8.
/// Format: formats/key_file.md.
[[nodiscard]] Secret normalize_passphrase(ByteSpan typed);

}  // namespace valise
