#include "crypto/aes_gcm.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"

using namespace valise;

// "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B: its cases 13 and 14 have a
// key and a nonce of zeros.
TEST_CASE("AES-256-GCM gives the published results") {
  const Bytes key(32);
  CHECK(hex(seal_aes_gcm(key, {})) == "530f8afbc74536b9a963b4f1c4cb738b");
  CHECK(hex(seal_aes_gcm(key, Bytes(16))) ==
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST_CASE("AES-256-GCM opens what it sealed, and nothing else") {
  Bytes key(32, 7);
  for (const std::size_t size : {0U, 1U, 15U, 16U, 4096U, 300'000U}) {
    CAPTURE(size);
    const Bytes message(size, 'm');
    Bytes sealed = seal_aes_gcm(key, message);
    CHECK(sealed.size() == size + kGcmTagBytes);
    CHECK(open_aes_gcm(key, sealed) == message);
    for (const std::size_t at : {std::size_t{0}, sealed.size() / 2, sealed.size() - 1}) {
      sealed[at] ^= 1;
      CHECK_FALSE(open_aes_gcm(key, sealed).has_value());
      sealed[at] ^= 1;
    }
    key[31] ^= 1;
    CHECK_FALSE(open_aes_gcm(key, sealed).has_value());
    key[31] ^= 1;
    sealed.pop_back();
    CHECK_FALSE(open_aes_gcm(key, sealed).has_value());
  }
  CHECK_FALSE(open_aes_gcm(key, Bytes(15)).has_value());
}
