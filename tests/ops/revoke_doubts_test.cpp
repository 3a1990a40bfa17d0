#include <doctest/doctest.h>

#include <algorithm>

#include "base/files.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/theft_scene.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "vault/object_names.hpp"

namespace valise::test {

TEST_CASE("where the log may end with a thief's entries, the owner says up to where it counts") {
  TheftScene scene;
  const Bytes32 pk = scene.fixture.credential().signing_key().public_key();
  scene.keep_memory();
  std::string machine = "laptop";
  std::string says;
  const auto revoke = [&](const std::string& last_good) {
    return revoke_device(scene.fixture.run(machine), {"laptop", last_good}, scene.fixture.owner(),
                         [](const RevocationPlan&) { return true; });
  };
  const std::filesystem::path place = scene.fixture.vault_folder() / entry_object(pk, 5);
  std::string real;
  SUBCASE("the entry that this machine signed was replaced by one of its copied credential") {
    static_cast<void>(scene.fixture.back_up());  // By the thief, with the copy.
    const Bytes thiefs = read_all(place);
    std::filesystem::remove(place);
    scene.put_back_memory();
    scene.fixture.change_database();
    real = scene.fixture.back_up().snapshot;
    std::filesystem::remove(place);
    static_cast<void>(write_file(place, thiefs, 0600, Existing::refuse));
    says = "not the entry that this device signed";
  }
  SUBCASE("a policy names another one") {
    static_cast<void>(scene.fixture.back_up());
    const Bytes thiefs = read_all(place);
    std::filesystem::remove(place);
    scene.put_back_memory();
    scene.fixture.change_database();
    real = scene.fixture.back_up().snapshot;
    scene.fixture.set_policy(0, {});
    std::filesystem::remove(place);
    static_cast<void>(write_file(place, thiefs, 0600, Existing::refuse));
    machine = "phone";
    says = "not the entry that the owner's policy names";
  }
  SUBCASE("the log goes on after what this machine remembers") {
    static_cast<void>(scene.fixture.back_up());
    scene.put_back_memory();
    says = "the last that this device remembers";
  }
  scene.fixture.warnings.clear();
  const auto attempt = [&] { static_cast<void>(revoke("")); };
  CHECK(kind_of(attempt) == ErrorKind::usage);
  CHECK(message_of(attempt).find(says) != std::string::npos);
  CHECK(message_of(attempt).find("--last-good") != std::string::npos);
  CHECK_FALSE(scene.roots().find_device(pk)->revoked);
  CHECK(std::any_of(
      scene.fixture.warnings.begin(), scene.fixture.warnings.end(),
      [&](const std::string& warning) { return warning.find(says) != std::string::npos; }));
  if (real.empty()) {
    CHECK(revoke(scene.of_laptop[3]).kept == 4);
    CHECK(scene.restore_kind(scene.of_laptop[3]) == std::nullopt);
    return;
  }
  INFO("the real one, which the log holds no more, counts by its container");
  CHECK(revoke(real).last_kept == real);
  CHECK(scene.restore_kind(real) == std::nullopt);
  CHECK(scene.listed().size() == 6);
}

TEST_CASE("a container beside the log that carries another entry of a number is told") {
  TheftScene scene;
  const Bytes32 pk = scene.fixture.credential().signing_key().public_key();
  const auto vault = scene.fixture.in_memory();
  Credential stolen = scene.fixture.credential();
  stolen.own = {3, read_entry(Vault::open(*vault), pk, 3).id};
  vault->remove(entry_object(pk, 4));
  const std::string forged = snapshot_of(
      Forgery(stolen, DatabaseImage::read(scene.fixture.database())).put(*vault, stolen));
  static_cast<void>(write_file(scene.fixture.vault_folder() / container_of(forged),
                               vault->content(container_of(forged)), 0600, Existing::refuse));
  scene.fixture.warnings.clear();
  CHECK(scene.revoke("laptop").kept == 4);
  REQUIRE(scene.fixture.warnings.size() == 1);
  CHECK(scene.fixture.warnings[0].find(container_of(forged)) == 0);
}

TEST_CASE("a run that was cut short before the credential knew its entry is no thief") {
  TheftScene scene;
  const Bytes32 pk = scene.fixture.credential().signing_key().public_key();
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  FaultyStorage faulty(storage, {2, FaultPlan::Kind::crash, only(StorageCall::commit)});
  CHECK_THROWS_AS(static_cast<void>(scene.fixture.back_up_to(faulty)), Error);
  const Credential credential = scene.fixture.credential();
  const auto state = State::look(scene.fixture.run().places.state_dir, scene.fixture.vault_id(),
                                 credential.secret.view());
  REQUIRE(state);
  const auto pending = state->pending_entry();
  REQUIRE(pending);
  publish_entry(Vault::open(storage), parse_entry(*pending, "pending"));
  scene.fixture.warnings.clear();
  const auto told = [&] {
    return std::any_of(
        scene.fixture.warnings.begin(), scene.fixture.warnings.end(),
        [](const std::string& text) { return text.find("another machine") != std::string::npos; });
  };
  SUBCASE("revoked now") {
    CHECK(revoke_device(scene.fixture.run(), {"laptop", ""}, scene.fixture.owner(),
                        [](const RevocationPlan&) { return true; })
              .kept == 5);
  }
  SUBCASE("going on") {
    static_cast<void>(scene.fixture.back_up());
    CHECK(scene.fixture.credential().own.seq == 6);
  }
  CHECK_FALSE(told());
  CHECK(highest_signed_seq(Vault::open(storage), pk) >= 5);
}

TEST_CASE("a log that goes on after a device's own memory is told by its next backup") {
  TheftScene scene;
  scene.keep_memory();
  static_cast<void>(scene.fixture.back_up());  // With the copy.
  scene.put_back_memory();
  const auto audited_as_beyond = [&] {
    const AuditReport report = audit(scene.fixture.run(), {});
    CHECK_FALSE(report.has_errors());
    return std::count_if(
        report.findings.begin(), report.findings.end(), [](const AuditFinding& finding) {
          return finding.code == "own-memory" && finding.severity == Severity::warning &&
                 finding.message.find("another machine") != std::string::npos;
        });
  };
  CHECK(audited_as_beyond() == 1);
  scene.fixture.warnings.clear();
  scene.fixture.change_database();
  CHECK(scene.fixture.back_up().full);
  REQUIRE(scene.fixture.warnings.size() == 1);
  const std::string& warning = scene.fixture.warnings[0];
  for (const char* part : {"after entry 4", "older backup", "another machine", "key revoke-device",
                           "--last-good", "key add-device"}) {
    CAPTURE(part);
    CHECK(warning.find(part) != std::string::npos);
  }
  INFO("from now on it remembers them");
  CHECK(audited_as_beyond() == 0);
  scene.fixture.warnings.clear();
  scene.fixture.change_database();
  static_cast<void>(scene.fixture.back_up());
  CHECK(scene.fixture.warnings.empty());
}

}  // namespace valise::test
