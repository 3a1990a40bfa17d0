#include "crypto/aead.hpp"

#include <doctest/doctest.h>
#include <sodium.h>

#include "crypto/third_party.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

bool library_opens(const Bytes& key, const Bytes& nonce, const Bytes& ad, const Bytes& sealed,
                   const Bytes& message) {
  Bytes out(message.size() + 16);  // Room even where the vector's own sizes do not agree.
  if (sealed.size() != message.size() + 16) return false;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data(),
                                                    sealed.size(), ad.data(), ad.size(),
                                                    nonce.data(), key.data()) == 0 &&
         std::equal(message.begin(), message.end(), out.begin());
}

}  // namespace

TEST_CASE("what is sealed opens, and nothing else does") {
  const Bytes key(32, 1);
  const Bytes ad{1, 2, 3};
  for (const std::size_t length : {0U, 1U, 63U, 64U, 65U, 500U}) {
    const Bytes message(length, 0x5a);
    const Bytes sealed = seal(key, message, ad);
    CHECK(sealed.size() == length + kAeadTagBytes);
    CHECK(open(key, sealed, ad) == message);
    CHECK(hex(open_secret(key, sealed, ad)->view()) == hex(message));
    CHECK_FALSE(open(key, sealed));
    CHECK_FALSE(open(key, sealed, Bytes{1, 2, 4}));
    CHECK_FALSE(open(Bytes(32, 2), sealed, ad));
    const auto opens = [&](ByteSpan bytes) { return open(key, bytes, ad).has_value(); };
    CHECK(test::bit_flips_that_pass(sealed, opens) == 0);
    CHECK(test::truncations_that_pass(sealed, opens) == 0);
    CHECK_FALSE(opens(test::with_appended(sealed, 1)));
  }
}

TEST_CASE("a message is sealed in its own memory as it is elsewhere") {
  const Bytes key(32, 7);
  for (const std::size_t length : {0U, 1U, 63U, 64U, 65U, 4096U, 1'000'003U}) {
    CAPTURE(length);
    Bytes message(length);
    for (std::size_t i = 0; i < length; ++i) message[i] = static_cast<std::uint8_t>(i * 31);
    const Bytes sealed = seal(key, message);
    CHECK(seal_in_place(key, message) == sealed);
    message.reserve(length + kAeadTagBytes);
    const std::uint8_t* const memory = message.data();
    const Bytes own = seal_in_place(key, std::move(message));
    CHECK(own == sealed);
    CHECK(own.data() == memory);
  }
}

TEST_CASE("a wrong tag leaves no plaintext behind") {
  const Bytes key(32, 1);
  Bytes sealed = seal(key, Bytes(100, 0x5a));
  sealed[99] ^= 1;
  Bytes out(100, 0xee);
  CHECK_FALSE(open_into(out, key, sealed));
  CHECK(std::count(out.begin(), out.end(), 0x5a) == 0);
  Bytes short_out(99);
  CHECK_FALSE(open_into(short_out, key, seal(key, Bytes(100))));
}

TEST_CASE("AEAD is XChaCha20-Poly1305 with a nonce of zeros, as Wycheproof tests it") {
  const auto json = test::third_party_json("wycheproof/xchacha20_poly1305_test.json");
  if (!json) return;
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t other_nonce = 0;
  for (const auto& group : (*json)["testGroups"]) {
    for (const auto& one : group["tests"]) {
      const Bytes key = test::bytes_of_hex(one["key"]);
      const Bytes nonce = test::bytes_of_hex(one["iv"]);
      const Bytes ad = test::bytes_of_hex(one["aad"]);
      const Bytes message = test::bytes_of_hex(one["msg"]);
      Bytes sealed = test::bytes_of_hex(one["ct"]);
      append(sealed, test::bytes_of_hex(one["tag"]));
      if (nonce.size() != 24) {
        ++other_nonce;
        continue;
      }
      const bool good = one["result"] == "valid";
      CHECK(library_opens(key, nonce, ad, sealed, message) == good);
      ++(good ? valid : invalid);
      // The wrapper is the same function at the nonce zero.
      CHECK(library_opens(key, Bytes(24), ad, seal(key, message, ad), message));
    }
  }
  CHECK(valid == 246);
  CHECK(invalid == 60);
  CHECK(other_nonce == 9);
}

}  // namespace valise
