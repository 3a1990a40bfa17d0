#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

/// What a sealed box adds to its message: an ephemeral public key and a tag.
inline constexpr std::size_t kSealedBoxBytes = 48;

/// Seals a secret to an X25519 public key under an ephemeral key of its own (libsodium's
/// crypto_box_seal: X25519, XSalsa20-Poly1305). Only the key's holder opens it; it does not say who
/// sealed it. Throws Error(usage) for a public key of low order. Thread-safe.
[[nodiscard]] Bytes seal_box(const Bytes32& public_key, ByteSpan message);

/// Nothing when `sealed` was not sealed to this key, or was changed. `sealed` is at least
/// kSealedBoxBytes long.
[[nodiscard]] std::optional<Secret> open_box(const Bytes32& public_key, ByteSpan secret_key,
                                             ByteSpan sealed);

}  // namespace valise
