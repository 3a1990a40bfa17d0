#include "crypto/sealed_box.hpp"

#include <sodium.h>

#include <cassert>

#include "base/error.hpp"

namespace valise {

static_assert(kSealedBoxBytes == crypto_box_SEALBYTES);

Bytes seal_box(const Bytes32& public_key, ByteSpan message) {
  Bytes sealed(message.size() + kSealedBoxBytes);
  if (crypto_box_seal(sealed.data(), message.data(), message.size(), public_key.data()) != 0) {
    throw Error(ErrorKind::usage, "the public key to seal to is of low order");
  }
  return sealed;
}

std::optional<Secret> open_box(const Bytes32& public_key, ByteSpan secret_key, ByteSpan sealed) {
  assert(sealed.size() >= kSealedBoxBytes && secret_key.size() == 32);
  Secret message(sealed.size() - kSealedBoxBytes);
  if (crypto_box_seal_open(message.mutable_view().data(), sealed.data(), sealed.size(),
                           public_key.data(), secret_key.data()) != 0) {
    return std::nullopt;
  }
  return message;
}

}  // namespace valise
