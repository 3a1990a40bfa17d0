#include "crypto/x25519.hpp"

#include <doctest/doctest.h>

#include "crypto/third_party.hpp"

namespace valise {

TEST_CASE("X25519 gives the iterated values of RFC 7748 section 5.2") {
  Bytes32 k{9};
  Bytes32 u{9};
  for (int round = 1; round <= 1000; ++round) {
    const auto next = x25519_shared(k, u);
    REQUIRE(next);
    u = k;
    k = array_of<32>(next->view());
    if (round == 1) {
      CHECK(hex(k) == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
      CHECK(x25519_public(Bytes32{9}) == k);
    }
  }
  CHECK(hex(k) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST_CASE("X25519 gives Wycheproof's shared secrets and refuses the zero ones") {
  const auto json = test::third_party_json("wycheproof/x25519_test.json");
  if (!json) return;
  std::size_t equal = 0;
  std::size_t zero = 0;
  for (const auto& group : (*json)["testGroups"]) {
    for (const auto& one : group["tests"]) {
      const Bytes expected = test::bytes_of_hex(one["shared"]);
      const auto shared = x25519_shared(test::bytes_of_hex(one["private"]),
                                        array_of<32>(test::bytes_of_hex(one["public"])));
      if (expected == Bytes(32)) {
        CHECK_FALSE(shared);
        ++zero;
      } else {
        REQUIRE(shared);
        CHECK(hex(shared->view()) == hex(expected));
        ++equal;
      }
    }
  }
  CHECK(equal == 487);
  CHECK(zero == 31);
}

}  // namespace valise
