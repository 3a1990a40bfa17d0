#include <doctest/doctest.h>

#include "ops/attack_forgery.hpp"
#include "ops/theft_scene.hpp"
#include "support/error_kind.hpp"
#include "vault/object_names.hpp"

namespace valise::test {

TEST_CASE("a device that was stolen on a known day counts up to that day") {
  TheftScene scene;
  std::size_t kept = 2;
  std::string last_good;
  SUBCASE("by a snapshot") { last_good = scene.of_laptop[1].substr(0, 12); }
  SUBCASE("by a day") { last_good = scene.day_of(scene.of_laptop[1]); }
  SUBCASE("none") {
    last_good = "none";
    kept = 0;
  }
  const RevocationPlan plan = scene.revoke("laptop", last_good);
  CHECK(plan.kept == kept);
  CHECK(plan.refused == 4 - kept);
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(scene.restore_kind(scene.of_laptop[i]) ==
          (i < kept ? std::nullopt : std::optional(ErrorKind::not_found)));
  }
  CHECK(scene.restore_kind(scene.of_phone) == std::nullopt);
  CHECK(scene.listed().size() == kept + 1);
  CHECK(scene.audit_codes() == std::set<std::string>{"revoked"});
  const std::vector<DeviceView> devices = list_devices(scene.fixture.run("phone"));
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].backups == kept);
  CHECK(devices[0].refused == 4 - kept);
  CHECK(devices[0].revoked.has_value());
  CHECK(devices[1].self);
  CHECK_FALSE(devices[1].revoked.has_value());
}

TEST_CASE(
    "a day before all that a device signed refuses everything only where none is spelled out") {
  TheftScene scene;
  std::string device = "laptop";
  SUBCASE("of one that backed up") {}
  SUBCASE("of one that has signed nothing yet") {
    device = "tablet";
    static_cast<void>(add_device(scene.fixture.run("tablet"), "tablet", scene.fixture.owner()));
  }
  const std::uint64_t entries = scene.roots().head().seq;
  const auto attempt = [&] { static_cast<void>(scene.revoke(device, "2001-01-01")); };
  CHECK(kind_of(attempt) == ErrorKind::usage);
  CHECK(message_of(attempt).find("2001-01-01 is before the first entry of the device") !=
        std::string::npos);
  CHECK(message_of(attempt).find("--last-good none") != std::string::npos);
  CHECK(scene.roots().head().seq == entries);
  CHECK(scene.listed().size() == 5);
  CHECK(scene.revoke(device, "none").kept == 0);
}

TEST_CASE("a clock that a thief set back does not bring his backups before the day") {
  TheftScene scene;
  const std::string day = scene.day_of(scene.of_laptop[3]);
  const UnixSeconds now = scene.fixture.clock.now();
  const std::string late = scene.fixture.back_up().snapshot;
  scene.fixture.clock.set(now - 20 * kDay);
  scene.fixture.change_database();
  const std::string backdated = scene.fixture.back_up().snapshot;
  scene.fixture.clock.set(now + 10 * kDay);
  CHECK(scene.revoke("laptop", day).refused == 2);
  CHECK(scene.restore_kind(scene.of_laptop[3]) == std::nullopt);
  CHECK(scene.restore_kind(late) == ErrorKind::not_found);
  CHECK(scene.restore_kind(backdated) == ErrorKind::not_found);
}

TEST_CASE("what the owner's policy has named of a device is never cut off by a hole in its log") {
  TheftScene scene;
  scene.fixture.set_policy(0, {});
  const Bytes32 pk = scene.fixture.credential().signing_key().public_key();
  const Bytes32 head = scene.fixture.credential().own.entry_id;
  std::filesystem::remove(scene.fixture.vault_folder() / entry_object(pk, 4));
  INFO("the container of the last one holds the entry, and counts by the owner's word");
  CHECK(scene.revoke("laptop").kept == 4);
  CHECK(scene.roots().find_device(pk)->revoked->last_good == head);
  CHECK(scene.listed().size() == 5);
}

TEST_CASE("the plan of a revocation tells what nothing leads to, as it will be afterwards") {
  TheftScene scene;
  const Bytes32 pk = scene.fixture.credential().signing_key().public_key();
  std::filesystem::remove(scene.fixture.vault_folder() / entry_object(pk, 2));
  std::vector<std::string> doubtful;
  std::uint64_t kept = 4;
  SUBCASE("the container of the lost entry leads on") {}
  SUBCASE("it is gone too") {
    std::filesystem::remove(scene.fixture.vault_folder() / container_of(scene.of_laptop[1]));
    doubtful = {scene.of_laptop[0]};
    kept = 2;
  }
  const RevocationPlan plan = scene.revoke("laptop");
  CHECK(plan.kept == kept);
  CHECK(plan.doubtful == doubtful);
  CHECK(plan.refused == 0);
  CHECK(plan.last_kept == scene.of_laptop[3]);
  CHECK(scene.listed().size() == kept + 1);
}

}  // namespace valise::test
