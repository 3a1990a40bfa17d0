#include <doctest/doctest.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/verify.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"
#include "valise/device.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"
#include "vault/root_chain.hpp"

namespace valise::test {
namespace {

/// A laptop with a chain of four backups, a phone with one, and the owner.
struct TheftScene {
  VaultFixture fixture;
  std::vector<std::string> of_laptop;
  std::string of_phone;

  TheftScene() {
    static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner()));
    for (int i = 0; i < 4; ++i) {
      const BackupSummary night = fixture.back_up();
      REQUIRE(night.full == (i == 0));
      of_laptop.push_back(night.snapshot);
      fixture.change_database();
    }
    of_phone = fixture.back_up("phone.db", "phone").snapshot;
  }

  RevocationPlan revoke(const std::string& device, const std::string& last_good = "") {
    return revoke_device(fixture.run("phone"), {device, last_good}, fixture.owner(),
                         [](const RevocationPlan&) { return true; });
  }
  [[nodiscard]] std::set<std::string> listed() {
    std::set<std::string> ids;
    for (const SnapshotRow& row : list_snapshots(fixture.run("phone"), {})) {
      ids.insert(row.snapshot);
    }
    return ids;
  }
  [[nodiscard]] std::optional<ErrorKind> restore_kind(const std::string& snapshot) {
    LocalStorage storage = LocalStorage::open(fixture.vault_folder());
    return kind_of(
        [&] { static_cast<void>(restored(fixture, storage, fixture.owner(), snapshot)); });
  }
  /// The day of one of the laptop's backups, as --last-good takes it.
  [[nodiscard]] std::string day_of(const std::string& snapshot) {
    for (const SnapshotRow& row : list_snapshots(fixture.run("phone"), {})) {
      if (row.snapshot == snapshot) return rfc3339(row.time).substr(0, 10);
    }
    throw std::runtime_error("no such snapshot");
  }
  [[nodiscard]] RootChain roots() {
    LocalStorage storage = LocalStorage::open(fixture.vault_folder());
    return RootChain::read(Vault::open(storage));
  }
  [[nodiscard]] std::set<std::string> audit_codes() {
    LocalStorage storage = LocalStorage::open(fixture.vault_folder());
    return error_codes(audited(fixture, storage));
  }
};

}  // namespace

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

TEST_CASE("where the log may end with a thief's entries, the owner says up to where it counts") {
  TheftScene scene;
  const Bytes32 pk = scene.fixture.credential().signing_key().public_key();
  const std::filesystem::path memory = scene.fixture.folder() / "laptop";
  const std::filesystem::path kept = scene.fixture.folder() / "kept";
  std::filesystem::copy(memory, kept, std::filesystem::copy_options::recursive);
  const auto forget = [&] {
    std::filesystem::remove_all(memory);
    std::filesystem::copy(kept, memory, std::filesystem::copy_options::recursive);
  };
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
    forget();
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
    forget();
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
    forget();
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
  const std::filesystem::path config = scene.fixture.folder() / "laptop" / "config";
  const std::filesystem::path kept = scene.fixture.folder() / "kept";
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
  const std::filesystem::path memory = scene.fixture.folder() / "laptop";
  const std::filesystem::path kept = scene.fixture.folder() / "kept";
  std::filesystem::copy(memory, kept, std::filesystem::copy_options::recursive);
  static_cast<void>(scene.fixture.back_up());  // With the copy.
  std::filesystem::remove_all(memory);
  std::filesystem::copy(kept, memory, std::filesystem::copy_options::recursive);
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
  INFO("the claim itself is damage, and told");
  const VerifyReport verified = verify_in(*vault, scene.fixture.run("stranger"),
                                          VerifyOptions{"latest", "", true}, scene.fixture.owner());
  CHECK(verified.failed == 1);
  INFO("without a container that carries one of them there is nothing to choose by");
  vault->remove(container_of(scene.of_laptop[3]));
  const auto attempt = [&] {
    static_cast<void>(restored(scene.fixture, *vault, scene.fixture.owner(), scene.of_laptop[3]));
  };
  CHECK(kind_of(attempt) == ErrorKind::corrupt);
  CHECK(message_of(attempt).find("several entries claim") != std::string::npos);
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
