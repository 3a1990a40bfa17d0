#include <doctest/doctest.h>

#include "ops/attack_forgery.hpp"
#include "ops/theft_scene.hpp"
#include "ops/verify.hpp"
#include "support/error_kind.hpp"
#include "vault/object_names.hpp"

namespace valise::test {

TEST_CASE("a backup's id means the entry that its container carries, whoever else claims it") {
  TheftScene scene;
  const auto vault = scene.fixture.in_memory();
  const Credential phone = scene.fixture.credential("phone");
  const SigningKey key = phone.signing_key();
  const Entry victim =
      read_entry(Vault::open(*vault), scene.fixture.credential().signing_key().public_key(), 4);
  EntryHeader header;
  header.vault_id = scene.fixture.vault_id();
  header.seq = phone.own.seq + 1;
  header.prev = phone.own.entry_id;
  header.time = victim.header.time;
  SUBCASE("an older claim") { header.time = victim.header.time - 60; }
  SUBCASE("a later claim") { header.time += kDay; }
  put_entry(*vault, sign_entry(header, *victim.as<BackupPayload>(), key));
  CHECK(restored(scene.fixture, *vault, scene.fixture.owner(), scene.of_laptop[3]) ==
        restored(scene.fixture, *scene.fixture.in_memory(), scene.fixture.owner(),
                 scene.of_laptop[3]));
  CHECK(restored(scene.fixture, *vault, scene.fixture.owner()) ==
        restored(scene.fixture, *scene.fixture.in_memory(), scene.fixture.owner()));
  INFO("the claim itself is nothing that could fail");
  const VerifyReport verified = verify_in(*vault, scene.fixture.run("stranger"),
                                          VerifyOptions{"latest", "", true}, scene.fixture.owner());
  CHECK(verified.failed == 0);
  INFO("without a container that carries one of them there is nothing to choose by");
  vault->remove(container_of(scene.of_laptop[3]));
  const auto attempt = [&] {
    static_cast<void>(restored(scene.fixture, *vault, scene.fixture.owner(), scene.of_laptop[3]));
  };
  CHECK(kind_of(attempt) == ErrorKind::corrupt);
  CHECK(message_of(attempt).find("several entries claim") != std::string::npos);
  CHECK(message_of(attempt).find("its container is missing") != std::string::npos);
}

}  // namespace valise::test
