#include "vault/vault.hpp"

#include <doctest/doctest.h>

#include "format/root_keys.hpp"
#include "support/error_kind.hpp"
#include "support/memory_storage.hpp"

namespace valise::test {

TEST_CASE("a vault is its object: the owner's key and the id that follows from it") {
  MemoryStorage storage;
  const Bytes32 root_pk{1, 2, 3};
  const Bytes object = encode_vault_object(root_pk);
  CHECK(object.size() == kVaultObjectBytes);
  REQUIRE(put_object(storage, "vault", object));
  const Vault vault = Vault::open(storage);
  CHECK(vault.root_pk() == root_pk);
  CHECK(vault.id() == vault_id_of(root_pk));
  CHECK(&vault.storage() == &storage);
}

TEST_CASE("what is no vault is refused, with the way out") {
  MemoryStorage storage;
  const auto open = [&] { static_cast<void>(Vault::open(storage)); };
  CHECK(kind_of(open) == ErrorKind::not_found);
  CHECK(message_of(open).find("valise init") != std::string::npos);
  const Bytes object = encode_vault_object(Bytes32{1});

  for (std::size_t length = 0; length < object.size(); ++length) {
    CAPTURE(length);
    storage.overwrite("vault", Bytes(object.begin(), object.begin() + std::ptrdiff_t(length)));
    CHECK(kind_of(open) == ErrorKind::corrupt);
  }
  for (const std::size_t extra : {1U, 100U, 100'000U}) {
    Bytes longer = object;
    longer.resize(object.size() + extra);
    storage.overwrite("vault", longer);
    CHECK(kind_of(open) == ErrorKind::corrupt);
  }
  Bytes other = object;
  other[7] = '2';
  storage.overwrite("vault", other);
  CHECK(kind_of(open) == ErrorKind::corrupt);
  CHECK(message_of(open).find("newer") != std::string::npos);
  other[0] = 'X';
  storage.overwrite("vault", other);
  CHECK(kind_of(open) == ErrorKind::corrupt);
  CHECK(message_of(open).find("not a valise vault") != std::string::npos);
}

}  // namespace valise::test
