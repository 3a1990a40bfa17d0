#pragma once

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

inline constexpr std::size_t kSignatureBytes = 64;

/// An Ed25519 key pair (RFC 8032), made from its 32-byte seed. Thread-safe once made.
class SigningKey {
 public:
  explicit SigningKey(ByteSpan seed);
  [[nodiscard]] static SigningKey generate();
  [[nodiscard]] const Bytes32& public_key() const noexcept { return public_key_; }
  [[nodiscard]] ByteSpan seed() const noexcept { return secret_key_.view().first(32); }
  [[nodiscard]] Bytes64 sign(ByteSpan message) const;

 private:
  Bytes32 public_key_{};
  Secret secret_key_;
};

/// True if `signature` is that of `public_key` over `message`. Keys and commitments of low order
/// are refused, as libsodium does.
[[nodiscard]] bool verify_signature(const Bytes32& public_key, ByteSpan message,
                                    const Bytes64& signature) noexcept;

}  // namespace valise
