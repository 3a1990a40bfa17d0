#include "crypto/x25519.hpp"

#include <sodium.h>

#include <cassert>

namespace valise {

Bytes32 x25519_public(ByteSpan secret_key) {
  assert(secret_key.size() == 32);
  Bytes32 out{};
  crypto_scalarmult_base(out.data(), secret_key.data());
  return out;
}

std::optional<Secret> x25519_shared(ByteSpan secret_key, const Bytes32& public_key) {
  assert(secret_key.size() == 32);
  Secret out(32);
  if (crypto_scalarmult(out.mutable_view().data(), secret_key.data(), public_key.data()) != 0) {
    return std::nullopt;
  }
  return out;
}

}  // namespace valise
