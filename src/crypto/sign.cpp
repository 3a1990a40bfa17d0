#include "crypto/sign.hpp"

#include <sodium.h>

#include <cassert>

namespace valise {

SigningKey::SigningKey(ByteSpan seed) : secret_key_(crypto_sign_SECRETKEYBYTES) {
  assert(seed.size() == crypto_sign_SEEDBYTES);
  crypto_sign_seed_keypair(public_key_.data(), secret_key_.mutable_view().data(), seed.data());
}

SigningKey SigningKey::generate() { return SigningKey(Secret::random(32).view()); }

Bytes64 SigningKey::sign(ByteSpan message) const {
  Bytes64 out{};
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(),
                       secret_key_.view().data());
  return out;
}

bool verify_signature(const Bytes32& public_key, ByteSpan message,
                      const Bytes64& signature) noexcept {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     public_key.data()) == 0;
}

}  // namespace valise
