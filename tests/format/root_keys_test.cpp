#include "format/root_keys.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "format/golden.hpp"

namespace valise {

TEST_CASE("a seed gives the root keys of the golden vector") {
  const auto& root = test::golden()["root"];
  const RootKeys keys(test::bytes_at(root["seed"]));
  CHECK(hex(keys.seed()) == root["seed"]);
  CHECK(hex(keys.sk()) == root["x25519_sk"]);
  CHECK(hex(keys.pk()) == root["x25519_pk"]);
  CHECK(hex(keys.psk()) == root["psk"]);
  CHECK(hex(keys.sign_pk()) == root["sign_pk"]);
  CHECK(hex(keys.vault_id()) == root["vault_id"]);
  CHECK(keys.vault_id() == vault_id_of(keys.sign_pk()));
}

TEST_CASE("the vault object is the mark and the owner's signing key") {
  const RootKeys keys(test::bytes_at(test::golden()["root"]["seed"]));
  CHECK("564c535641554c31" + hex(keys.sign_pk()) == test::golden()["vault_object"]);
}

TEST_CASE("each device has its own psk") {
  for (const auto& backup : test::golden_backups()) {
    const Bytes32 device_pk = backup.device.public_key();
    CHECK(hex(device_pk) == backup.json["device_pk"]);
    CHECK(hex(backup.owner.device_psk(device_pk).view()) == backup.json["device_psk"]);
    Bytes32 other = device_pk;
    other[0] ^= 1;
    CHECK(hex(backup.owner.device_psk(other).view()) != backup.json["device_psk"]);
  }
}

TEST_CASE("generated root keys differ and follow from their seed") {
  const RootKeys a = RootKeys::generate();
  const RootKeys b = RootKeys::generate();
  CHECK(hex(a.seed()) != hex(b.seed()));
  CHECK(a.pk() != b.pk());
  CHECK(a.vault_id() != b.vault_id());
  CHECK(RootKeys(a.seed()).sign_pk() == a.sign_pk());
}

}  // namespace valise
