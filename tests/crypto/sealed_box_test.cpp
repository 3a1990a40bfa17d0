#include "crypto/sealed_box.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "crypto/x25519.hpp"

namespace valise {

TEST_CASE("a sealed box opens for its key alone, and every change of it is refused") {
  const Bytes sk(32, 0x21);
  const Bytes32 pk = x25519_public(sk);
  const Bytes message(96, 0x42);
  const Bytes sealed = seal_box(pk, message);
  CHECK(sealed.size() == message.size() + kSealedBoxBytes);
  const std::optional<Secret> opened = open_box(pk, sk, sealed);
  REQUIRE(opened);
  CHECK(equal_secret(opened->view(), message));
  CHECK(seal_box(pk, message) != sealed);

  const Bytes other(32, 0x22);
  CHECK_FALSE(open_box(x25519_public(other), other, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    CHECK_FALSE(open_box(pk, sk, changed));
  }
  CHECK_FALSE(open_box(pk, sk, ByteSpan(sealed).first(kSealedBoxBytes)));
}

TEST_CASE("nothing is sealed to a key of low order") {
  CHECK_THROWS_AS(static_cast<void>(seal_box(Bytes32{}, Bytes(32, 1))), Error);
}

}  // namespace valise
