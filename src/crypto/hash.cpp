#include "crypto/hash.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <cassert>

#include "base/error.hpp"

namespace valise {
namespace {

Bytes16 padded(std::string_view label) {
  assert(label.size() <= 16);
  return array_of<16>(bytes_of(label));
}

void blake2b(std::string_view label, ByteSpan key, std::initializer_list<ByteSpan> parts,
             std::uint8_t* out) {
  const Bytes16 personal = padded(label);
  crypto_generichash_blake2b_state state;
  if (crypto_generichash_blake2b_init_salt_personal(&state, key.empty() ? nullptr : key.data(),
                                                    key.size(), 32, nullptr,
                                                    personal.data()) != 0) {
    throw Error(ErrorKind::internal, "BLAKE2b does not start");
  }
  for (const ByteSpan part : parts) {
    crypto_generichash_blake2b_update(&state, part.data(), part.size());
  }
  crypto_generichash_blake2b_final(&state, out, 32);
  sodium_memzero(&state, sizeof state);
}

}  // namespace

Bytes32 hash(std::string_view label, std::initializer_list<ByteSpan> parts) {
  Bytes32 out{};
  blake2b(label, {}, parts, out.data());
  return out;
}

Secret derive(std::string_view label, ByteSpan key, std::initializer_list<ByteSpan> parts) {
  assert(key.size() == 32);
  Secret out(32);
  blake2b(label, key, parts, out.mutable_view().data());
  return out;
}

Bytes32 keyed_hash(std::string_view label, ByteSpan key, std::initializer_list<ByteSpan> parts) {
  assert(key.size() == 32);
  Bytes32 out{};
  blake2b(label, key, parts, out.data());
  return out;
}

Bytes32 bulk_hash(std::string_view label, ByteSpan message) {
  BulkHasher hasher(label);
  hasher.update(message);
  return hasher.finish();
}

struct Hasher::State {
  crypto_generichash_blake2b_state blake2b;
};

Hasher::Hasher(std::string_view label) : state_(std::make_unique<State>()) {
  const Bytes16 personal = padded(label);
  crypto_generichash_blake2b_init_salt_personal(&state_->blake2b, nullptr, 0, 32, nullptr,
                                                personal.data());
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(ByteSpan bytes) {
  crypto_generichash_blake2b_update(&state_->blake2b, bytes.data(), bytes.size());
}

Bytes32 Hasher::finish() {
  Bytes32 out{};
  crypto_generichash_blake2b_final(&state_->blake2b, out.data(), out.size());
  return out;
}

struct BulkHasher::State {
  struct Free {
    void operator()(EVP_MD_CTX* handle) const noexcept { EVP_MD_CTX_free(handle); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context;
};

BulkHasher::BulkHasher(std::string_view label) : state_(std::make_unique<State>()) {
  // Fetching the algorithm by name takes longer than hashing a page: once a process is enough.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  state_->context.reset(EVP_MD_CTX_new());
  if (sha256 == nullptr || !state_->context ||
      EVP_DigestInit_ex(state_->context.get(), sha256, nullptr) != 1) {
    throw Error(ErrorKind::internal, "SHA-256 does not start");
  }
  update(padded(label));
}
BulkHasher::BulkHasher(BulkHasher&&) noexcept = default;
BulkHasher& BulkHasher::operator=(BulkHasher&&) noexcept = default;
BulkHasher::~BulkHasher() = default;

void BulkHasher::update(ByteSpan bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
    throw Error(ErrorKind::internal, "SHA-256 failed");
  }
}

Bytes32 BulkHasher::finish() {
  Bytes32 out{};
  if (EVP_DigestFinal_ex(state_->context.get(), out.data(), nullptr) != 1) {
    throw Error(ErrorKind::internal, "SHA-256 failed");
  }
  return out;
}

}  // namespace valise
