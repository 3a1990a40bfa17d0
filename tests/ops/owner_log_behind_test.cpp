// The owner's log lacks what this machine remembers of it: a revocation may be missing.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/files.hpp"
#include "ops/theft_scene.hpp"
#include "support/error_kind.hpp"
#include "support/shared.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// The laptop was stolen and revoked; the phone has seen it.
struct BehindScene {
  TheftScene theft;
  ObjectName revocation;

  BehindScene() {
    theft.revoke("laptop", theft.of_laptop[1]);
    static_cast<void>(theft.fixture.back_up("phone.db", "phone"));
    const Credential phone = theft.fixture.credential("phone");
    revocation = entry_object(phone.root_pk, phone.root.seq);
    REQUIRE(theft.listed().size() == 4);
    theft.fixture.warnings.clear();
  }
  [[nodiscard]] fs::path place() const { return theft.fixture.vault_folder() / revocation; }
  void damage() const {
    Bytes bytes = read_all(place());
    bytes.at(150) ^= 1;
    static_cast<void>(write_file(place(), bytes, 0600, Existing::replace));
  }
  void restore_on(const std::string& machine, const std::string& snapshot) {
    RestoreOptions options;
    options.snapshot = snapshot;
    options.to = theft.fixture.new_folder();
    static_cast<void>(restore(theft.fixture.run(machine), options, theft.fixture.owner()));
  }
  [[nodiscard]] bool is_warned() const {
    return std::any_of(
        theft.fixture.warnings.begin(), theft.fixture.warnings.end(), [&](const std::string& one) {
          return one.find(revocation) == 0 && one.find("a thief made") != std::string::npos;
        });
  }
};

}  // namespace

TEST_CASE("where a revocation that this machine knows is gone, \"latest\" is not restored") {
  BehindScene scene;
  SUBCASE("it is damaged") { scene.damage(); }
  SUBCASE("it is missing") { fs::remove(scene.place()); }
  // The laptop's last two show again.
  CHECK(scene.theft.listed().size() == 6);
  CHECK(scene.is_warned());
  for (const std::string& name :
       {std::string("latest"), std::string("2030-01-01"), scene.theft.of_laptop[3].substr(0, 8)}) {
    CAPTURE(name);
    const auto attempt = [&] { scene.restore_on("phone", name); };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(scene.revocation) == 0);
    CHECK(message_of(attempt).find("full id") != std::string::npos);
  }
  const auto verifying = [&] {
    static_cast<void>(verify(scene.theft.fixture.run("phone"), {}, scene.theft.fixture.owner()));
  };
  CHECK(kind_of(verifying) == ErrorKind::corrupt);
  INFO("who knows which backup he means has it, with the warning");
  scene.theft.fixture.warnings.clear();
  CHECK_NOTHROW(scene.restore_on("phone", scene.theft.of_laptop[1]));
  CHECK(scene.is_warned());
  INFO("who remembers nothing cannot know");
  CHECK_NOTHROW(scene.restore_on("stranger", "latest"));
  const StatusReport report = status(scene.theft.fixture.run("phone"), {});
  CHECK_FALSE(report.ok());
  REQUIRE_FALSE(report.log_problems.empty());
  CHECK(report.log_problems.front().find(scene.revocation) == 0);
}

TEST_CASE("the owner signs nothing after a log that lacks what this machine knows of it") {
  BehindScene scene;
  fs::remove(scene.place());
  VaultFixture& fixture = scene.theft.fixture;
  const auto refused = [&](const std::function<void(const Run&)>& sign) {
    const auto here = [&] { sign(fixture.run("phone")); };
    CHECK(kind_of(here) == ErrorKind::corrupt);
    CHECK(message_of(here).find(scene.revocation) == 0);
    CHECK(message_of(here).find("not enrolled") != std::string::npos);
    CHECK_FALSE(fs::exists(scene.place()));
  };
  refused([&](const Run& run) {
    static_cast<void>(
        set_policy(run, PolicyChange{}, fixture.owner(), [](const Reader&) { return true; }));
  });
  refused([&](const Run& run) {
    static_cast<void>(revoke_device(run, {"phone", ""}, fixture.owner(),
                                    [](const RevocationPlan&) { return true; }));
  });
  INFO("a machine that remembers nothing can: it is the owner's word that it is lost for good");
  static_cast<void>(set_policy(fixture.run("stranger"), PolicyChange{}, fixture.owner(),
                               [](const Reader&) { return true; }));
  CHECK(fs::exists(scene.place()));
}

TEST_CASE("an owner's entry that is lost for good is got over from another machine") {
  BehindScene scene;
  VaultFixture& fixture = scene.theft.fixture;
  fs::remove(scene.place());
  const Run other = fixture.run("stranger");
  static_cast<void>(add_device(other, "stranger", fixture.owner()));
  CHECK(fs::exists(scene.place()));
  INFO("the phone knows another entry of that number");
  CHECK_THROWS_AS(static_cast<void>(fixture.back_up("phone.db", "phone")), Error);
  const auto yes = [](const RevocationPlan&) { return true; };
  static_cast<void>(revoke_device(other, {"phone", ""}, fixture.owner(), yes));
  static_cast<void>(
      revoke_device(other, {"laptop", scene.theft.of_laptop[1]}, fixture.owner(), yes));
  static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner()));
  fixture.warnings.clear();
  const BackupSummary night = fixture.back_up("phone.db", "phone");
  CHECK(night.full);
  CHECK_FALSE(scene.is_warned());
  CHECK_NOTHROW(scene.restore_on("phone", "latest"));
}

TEST_CASE("a policy in force that the vault has lost is put back by the device that knows it") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice"});
  fixture.back_up();
  const Credential known = fixture.credential();
  const fs::path place = fixture.vault_folder() / entry_object(known.root_pk, known.root.seq);
  const Bytes signed_once = read_all(place);
  fs::remove(place);
  fixture.warnings.clear();
  SUBCASE("a night") {
    fixture.change_database();
    LocalStorage storage = LocalStorage::open(fixture.vault_folder());
    CHECK(fixture.back_up_to(storage).rolled_back);
    CHECK(read_all(place) == signed_once);
    CHECK(std::any_of(fixture.warnings.begin(), fixture.warnings.end(), [](const std::string& one) {
      return one.find("was put back") != std::string::npos;
    }));
    CHECK(restored(fixture, storage, fixture.agent("alice")) == dump_database(fixture.database()));
    CHECK_FALSE(audit(fixture.run(), {}).has_errors());
    INFO("the next night finds nothing amiss");
    fixture.change_database();
    CHECK_FALSE(fixture.back_up_to(storage).rolled_back);
  }
  SUBCASE("one that is only tried writes nothing") {
    BackupOptions options;
    options.sources = {fixture.database()};
    options.dry_run = true;
    static_cast<void>(backup(fixture.run(), options));
    CHECK_FALSE(fs::exists(place));
  }
}

TEST_CASE("what may be a thief's is not copied, where the revocation is gone") {
  BehindScene scene;
  fs::remove(scene.place());
  CopyOptions options;
  options.to = scene.theft.fixture.vault_folder();
  options.all = true;
  options.dry_run = true;
  const auto attempt = [&] {
    static_cast<void>(
        copy_snapshots(scene.theft.fixture.run("phone"), options, scene.theft.fixture.owner(), {}));
  };
  CHECK(kind_of(attempt) == ErrorKind::corrupt);
  CHECK(message_of(attempt).find(scene.revocation) == 0);
}

}  // namespace valise::test
