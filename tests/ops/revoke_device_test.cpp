#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/theft_scene.hpp"
#include "ops/verify.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "vault/container_reader.hpp"

namespace valise::test {

TEST_CASE("a revoked device's backups stay good, and what it signs afterwards is refused") {
  TheftScene scene;
  const RevocationPlan plan = scene.revoke("laptop");
  CHECK(plan.device.name == "laptop");
  CHECK_FALSE(plan.device.self);
  CHECK(plan.kept == 4);
  CHECK(plan.refused == 0);
  CHECK(plan.last_kept == scene.of_laptop.back());
  CHECK_FALSE(plan.escrow);
  CHECK(scene.listed().size() == 5);
  CHECK(scene.audit_codes().empty());

  INFO("the program on the machine stops by itself");
  const auto work = [&] { static_cast<void>(scene.fixture.back_up()); };
  CHECK(kind_of(work) == ErrorKind::not_found);
  CHECK(message_of(work).find("revoked by the owner") != std::string::npos);

  INFO("a thief who signs all the same convinces nobody");
  const auto vault = scene.fixture.in_memory();
  Credential stolen = scene.fixture.credential();
  const DatabaseImage image = DatabaseImage::read(scene.fixture.database());
  const std::string forged = snapshot_of(Forgery(stolen, image).put(*vault, stolen));
  CHECK(kind_of([&] {
          static_cast<void>(restored(scene.fixture, *vault, scene.fixture.owner(), forged));
        }) == ErrorKind::not_found);
  CHECK(error_codes(audited(scene.fixture, *vault)) == std::set<std::string>{"revoked"});
  const VerifyReport verified = verify_in(*vault, scene.fixture.run("stranger"),
                                          VerifyOptions{"latest", "", true}, scene.fixture.owner());
  CHECK(verified.failed == 0);
  CHECK(verified.snapshots.size() == 5);
}

TEST_CASE("a device that is revoked in the middle of a backup publishes nothing") {
  TheftScene scene;
  Run run = scene.fixture.run();
  bool revoked = false;
  run.on_progress = [&](const Progress&) {
    if (!revoked) static_cast<void>(scene.revoke("laptop"));
    revoked = true;
  };
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  const std::size_t objects = storage.list("").size();
  BackupOptions options;
  options.sources = {scene.fixture.database()};
  scene.fixture.clock.advance(kDay);
  CHECK(kind_of([&] { static_cast<void>(backup(run, options)); }) == ErrorKind::not_found);
  REQUIRE(revoked);
  INFO("the revocation, and nothing else");
  CHECK(storage.list("").size() == objects + 1);
  CHECK(scene.listed().size() == 5);
  CHECK(scene.audit_codes().empty());
}

TEST_CASE("after a revocation the machine, or another in its place, is enrolled anew") {
  TheftScene scene;
  static_cast<void>(scene.revoke("laptop"));
  static_cast<void>(add_device(scene.fixture.run("laptop"), "laptop", scene.fixture.owner()));
  const BackupSummary first = scene.fixture.back_up();
  CHECK(first.full);
  scene.fixture.change_database();
  CHECK_FALSE(scene.fixture.back_up().full);
  CHECK(scene.restore_kind(first.snapshot) == std::nullopt);
  CHECK(scene.listed().size() == 7);
  CHECK(scene.audit_codes().empty());
  INFO("the phone went on all the time, on its own chain");
  scene.fixture.change_database("phone.db");
  CHECK_FALSE(scene.fixture.back_up("phone.db", "phone").full);
  INFO("of two devices of one name the one that is not revoked is meant");
  CHECK(scene.revoke("laptop").kept == 2);
  CHECK(kind_of([&] { static_cast<void>(scene.revoke("laptop")); }) == ErrorKind::usage);
}

TEST_CASE("a device is named by its name or the beginning of its id") {
  TheftScene scene;
  scene.fixture.warnings.clear();
  static_cast<void>(add_device(scene.fixture.run("second"), "laptop", scene.fixture.owner()));
  REQUIRE(scene.fixture.warnings.size() == 1);
  const std::string first = hex(scene.fixture.credential().signing_key().public_key());
  CHECK(scene.fixture.warnings[0].find(first.substr(0, 16)) != std::string::npos);
  const auto message = [&](const std::string& device, const std::string& last_good = "") {
    return message_of([&] { static_cast<void>(scene.revoke(device, last_good)); });
  };
  CHECK(message("laptop").find(first.substr(0, 16)) != std::string::npos);
  CHECK(message("laptop").find("several devices") != std::string::npos);
  CHECK(message("tablet").find("\"phone\"") != std::string::npos);
  CHECK(kind_of([&] { static_cast<void>(scene.revoke("tablet")); }) == ErrorKind::not_found);
  CHECK(message("phone", "yesterday").find("yesterday") != std::string::npos);
  CHECK(kind_of([&] { static_cast<void>(scene.revoke("phone", scene.of_laptop[0])); }) ==
        ErrorKind::not_found);
  CHECK(scene.roots().head().seq == 4);
  CHECK(scene.revoke(first.substr(0, 10)).device.device_id == first);
  CHECK(message(first).find("already") != std::string::npos);
}

TEST_CASE("a revocation that is not confirmed, or made with a wrong key, changes nothing") {
  TheftScene scene;
  const UnlockSource never = []() -> Unlock {
    throw Error(ErrorKind::internal, "asked for a key");
  };
  const auto kind = [&](const UnlockSource& unlock, bool yes) {
    return kind_of([&] {
      static_cast<void>(revoke_device(scene.fixture.run(), {"phone", ""}, unlock,
                                      [&](const RevocationPlan&) { return yes; }));
    });
  };
  CHECK(kind(never, false) == ErrorKind::usage);
  CHECK(kind(VaultFixture().owner(), true) == ErrorKind::wrong_key);
  CHECK(scene.roots().head().seq == 3);
  CHECK_FALSE(scene.fixture.back_up("phone.db", "phone").full);
}

TEST_CASE("a revoked device learns nothing of a later policy, and needs none to be shut out") {
  TheftScene scene;
  scene.fixture.set_policy(1, {"alice"});
  static_cast<void>(scene.fixture.back_up());
  const Credential stolen = scene.fixture.credential();
  const Bytes32 pk = stolen.signing_key().public_key();
  CHECK(scene.revoke("laptop").escrow);
  CHECK(open_policy_psks(scene.roots().policy(), pk, stolen.device_psk.view()).has_value());
  scene.fixture.set_policy(1, {"alice", "bob"});
  const Entry policy = scene.roots().policy();
  REQUIRE(policy.as<PolicyPayload>()->devices.size() == 1);
  CHECK(policy.as<PolicyPayload>()->devices[0].device_pk != pk);
  CHECK_FALSE(open_policy_psks(policy, pk, stolen.device_psk.view()).has_value());
  CHECK(scene.fixture.back_up("phone.db", "phone").readers.size() == 3);
  CHECK(scene.audit_codes().empty());
}

TEST_CASE("nothing that a device holds opens a container") {
  TheftScene scene;
  scene.fixture.set_policy(1, {"alice"});
  const std::string snapshot = scene.fixture.back_up().snapshot;
  const Credential stolen = scene.fixture.credential();
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  const Vault vault = Vault::open(storage);
  const ContainerReader container = ContainerReader::open(vault, array_of<16>(*from_hex(snapshot)));
  const Entry policy = scene.roots().policy();
  for (const Secret* secret :
       {&stolen.owner_psk, &stolen.device_seed, &stolen.device_psk, &stolen.secret, &stolen.psks}) {
    for (const bool owner : {true, false}) {
      const VaultKey key{RootKeys(secret->view().first(kSeedBytes)), owner};
      CHECK_THROWS_AS(static_cast<void>(open_backup_key(
                          container.entry(), *policy.as<PolicyPayload>(), key, container.object())),
                      Error);
    }
  }
  CHECK(restored(scene.fixture, storage, scene.fixture.owner(), snapshot) ==
        dump_database(scene.fixture.database()));
}

}  // namespace valise::test
