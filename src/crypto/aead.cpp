#include "crypto/aead.hpp"

#include <sodium.h>

#include <cassert>

namespace valise {
namespace {

constexpr ByteArray<24> kZeroNonce{};

}  // namespace

void seal_into(MutableByteSpan out, ByteSpan key, ByteSpan message, ByteSpan ad) {
  assert(key.size() == 32 && out.size() == message.size() + kAeadTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, message.data(), message.size(),
                                             ad.data(), ad.size(), nullptr, kZeroNonce.data(),
                                             key.data());
}

Bytes seal(ByteSpan key, ByteSpan message, ByteSpan ad) {
  Bytes out(message.size() + kAeadTagBytes);
  seal_into(out, key, message, ad);
  return out;
}

Bytes seal_in_place(ByteSpan key, Bytes message) {
  assert(key.size() == 32);
  const std::size_t length = message.size();
  message.resize(length + kAeadTagBytes);
  // libsodium takes an output that begins where the message does.
  crypto_aead_xchacha20poly1305_ietf_encrypt(message.data(), nullptr, message.data(), length,
                                             nullptr, 0, nullptr, kZeroNonce.data(), key.data());
  return message;
}

bool open_into(MutableByteSpan out, ByteSpan key, ByteSpan sealed, ByteSpan ad) {
  assert(key.size() == 32);
  if (sealed.size() < kAeadTagBytes || out.size() != sealed.size() - kAeadTagBytes) return false;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data(),
                                                    sealed.size(), ad.data(), ad.size(),
                                                    kZeroNonce.data(), key.data()) == 0;
}

std::optional<Bytes> open(ByteSpan key, ByteSpan sealed, ByteSpan ad) {
  if (sealed.size() < kAeadTagBytes) return std::nullopt;
  Bytes out(sealed.size() - kAeadTagBytes);
  if (!open_into(out, key, sealed, ad)) return std::nullopt;
  return out;
}

std::optional<Secret> open_secret(ByteSpan key, ByteSpan sealed, ByteSpan ad) {
  if (sealed.size() < kAeadTagBytes) return std::nullopt;
  Secret out(sealed.size() - kAeadTagBytes);
  if (!open_into(out.mutable_view(), key, sealed, ad)) return std::nullopt;
  return out;
}

}  // namespace valise
