#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

/// X25519(sk, 9), RFC 7748.
[[nodiscard]] Bytes32 x25519_public(ByteSpan secret_key);

/// X25519(sk, pk); nothing when the result is zero, which a low-order public key forces.
[[nodiscard]] std::optional<Secret> x25519_shared(ByteSpan secret_key, const Bytes32& public_key);

}  // namespace valise
