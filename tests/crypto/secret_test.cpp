#include "crypto/secret.hpp"

#include <doctest/doctest.h>

#include <type_traits>

#include "base/hex.hpp"
#include "crypto/random.hpp"

namespace valise {

TEST_CASE("a secret moves and is never copied by accident") {
  static_assert(!std::is_copy_constructible_v<Secret>);
  static_assert(!std::is_copy_assignable_v<Secret>);
  static_assert(std::is_nothrow_move_constructible_v<Secret>);
  Secret a = Secret::copy_of(Bytes{1, 2, 3});
  Secret b = std::move(a);
  CHECK(hex(b.view()) == "010203");
  CHECK(a.empty());  // NOLINT(bugprone-use-after-move): a moved-from secret is empty.
  a = b.clone();
  CHECK(equal_secret(a.view(), b.view()));
}

TEST_CASE("a secret starts as zeros and shortens") {
  Secret secret(4);
  CHECK(hex(secret.view()) == "00000000");
  secret.mutable_view()[1] = 9;
  secret.truncate(2);
  CHECK(hex(secret.view()) == "0009");
  CHECK(Secret().empty());
  CHECK(Secret(0).empty());
}

TEST_CASE("secrets compare by content and length") {
  CHECK(equal_secret(Bytes{1, 2}, Bytes{1, 2}));
  CHECK_FALSE(equal_secret(Bytes{1, 2}, Bytes{1, 3}));
  CHECK_FALSE(equal_secret(Bytes{1, 2}, Bytes{1, 2, 0}));
  CHECK(equal_secret({}, {}));
}

TEST_CASE("wiping leaves nothing behind") {
  Bytes bytes{1, 2, 3};
  wipe(bytes);
  CHECK(bytes == Bytes{0, 0, 0});
  std::string text = "a passphrase that is longer than a short string";
  const char* data = text.data();
  wipe(text);
  CHECK(text.empty());
  CHECK(data[1] == '\0');
}

TEST_CASE("random bytes differ from call to call") {
  CHECK(random_array<32>() != random_array<32>());
  CHECK_FALSE(equal_secret(Secret::random(32).view(), Secret::random(32).view()));
}

}  // namespace valise
