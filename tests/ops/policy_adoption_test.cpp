#include <doctest/doctest.h>

#include "ops/backup.hpp"
#include "storage/local_storage.hpp"
#include "support/faulty_storage.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"

using namespace valise;
using namespace valise::test;

namespace {

/// A source with one night behind it, whose next backup meets a change of the policy under way.
struct ChangeUnderWay {
  VaultFixture fixture;

  ChangeUnderWay() {
    static_cast<void>(fixture.back_up());
    fixture.change_database();
  }
  BackupSummary back_up_meanwhile(bool full, const std::function<void()>& change) {
    Run run = fixture.run();
    bool changed = false;
    run.on_progress = [&](const Progress&) {
      if (!changed) change();
      changed = true;
    };
    BackupOptions options;
    options.sources = {fixture.database()};
    options.full = full;
    fixture.clock.advance(kDay);
    const BackupReport report = backup(run, options);
    REQUIRE(changed);
    return report.sources.at(0);
  }
  /// A backup that ends between its container and its entry, which then waits in the state.
  void crash_before_the_entry() {
    LocalStorage storage = LocalStorage::open(fixture.vault_folder());
    // The container is the first thing that is put, the entry the second.
    FaultyStorage faulty(
        storage,
        {.fail_at = 2, .kind = FaultPlan::Kind::crash, .counted = only(StorageCall::commit)});
    CHECK_THROWS_AS(static_cast<void>(fixture.back_up_to(faulty)), Error);
    REQUIRE(faulty.failed());
  }
  void check_audit() {
    const auto vault = fixture.in_memory();
    CHECK(error_messages(audited(fixture, *vault)).empty());
  }
};

}  // namespace

TEST_CASE("a backup under way when the policy changes is made under the new policy") {
  ChangeUnderWay scene;
  bool full = false;
  SUBCASE("an increment becomes a full") {}
  SUBCASE("a full goes on") { full = true; }
  const BackupSummary summary =
      scene.back_up_meanwhile(full, [&] { scene.fixture.set_policy(1, {"alice"}); });
  CHECK(summary.full);
  CHECK(summary.why_full == (full ? "asked for" : "the policy changed"));
  CHECK(summary.policy == "escrow");
  REQUIRE(summary.readers.size() == 2);
  CHECK(summary.readers[1].name == "alice");
  scene.check_audit();
  const auto vault = scene.fixture.in_memory();
  const std::string wanted = dump_database(scene.fixture.database());
  CHECK(restored(scene.fixture, *vault, scene.fixture.owner()) == wanted);
  CHECK(restored(scene.fixture, *vault, scene.fixture.agent("alice")) == wanted);
  scene.fixture.change_database();
  CHECK_FALSE(scene.fixture.back_up().full);
}

TEST_CASE("a backup under way when escrow ends is not for the agents any more") {
  ChangeUnderWay scene;
  scene.fixture.set_policy(1, {"alice"});
  static_cast<void>(scene.fixture.back_up());
  scene.fixture.change_database();
  const BackupSummary summary =
      scene.back_up_meanwhile(false, [&] { scene.fixture.set_policy(0, {}); });
  CHECK(summary.policy == "e2ee");
  CHECK(summary.readers.size() == 1);
  scene.check_audit();
  const auto vault = scene.fixture.in_memory();
  CHECK_THROWS_AS(static_cast<void>(restored(scene.fixture, *vault, scene.fixture.agent("alice"))),
                  Error);
}

TEST_CASE("a policy that changes while the container is made durable still counts") {
  ChangeUnderWay scene;
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  FaultyStorage hooked(storage, {});
  int changes = 0;
  int changes_max = 1;
  hooked.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call != StorageCall::commit || !name.starts_with("backups/")) return;
    if (changes == changes_max) return;
    ++changes;
    changes % 2 == 1 ? scene.fixture.set_policy(1, {"alice"}) : scene.fixture.set_policy(0, {});
  };
  SUBCASE("once") {
    const BackupSummary summary = scene.fixture.back_up_to(hooked).sources.at(0);
    CHECK(summary.full);
    CHECK(summary.why_full == "the policy changed");
    CHECK(summary.policy == "escrow");
  }
  SUBCASE("twice") {
    changes_max = 2;
    CHECK(scene.fixture.back_up_to(hooked).sources.at(0).policy == "e2ee");
  }
  SUBCASE("again and again") {
    changes_max = 100;
    CHECK_THROWS_AS(static_cast<void>(scene.fixture.back_up_to(hooked)), Error);
    CHECK(changes == 4);
    changes_max = 0;
    CHECK(scene.fixture.back_up().full);
  }
  scene.check_audit();
  const auto vault = scene.fixture.in_memory();
  const ScrubReport report = scrubbed(scene.fixture, *vault);
  CHECK(report.findings.empty());
  CHECK(restored(scene.fixture, *vault, scene.fixture.owner()) ==
        dump_database(scene.fixture.database()));
}

TEST_CASE("a backup that a change of the policy overtakes is made again under the new one") {
  ChangeUnderWay scene;
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  FaultyStorage hooked(storage, {});
  int changes_max = 1;
  int changes = 0;
  // The writer has looked at the owner's log for the last time, and its entry is not there yet.
  hooked.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call != StorageCall::put || !name.starts_with("log/") || changes == changes_max) return;
    ++changes;
    changes % 2 == 1 ? scene.fixture.set_policy(1, {"alice"}) : scene.fixture.set_policy(0, {});
  };
  SUBCASE("an increment") {}
  SUBCASE("twice") { changes_max = 2; }
  scene.fixture.warnings.clear();
  const BackupSummary summary = scene.fixture.back_up_to(hooked).sources.at(0);
  CHECK(changes == changes_max);
  CHECK(summary.full);
  CHECK(summary.why_full == "the policy changed");
  CHECK(summary.policy == (changes_max == 1 ? "escrow" : "e2ee"));
  REQUIRE(scene.fixture.warnings.size() == static_cast<std::size_t>(changes));
  CHECK(scene.fixture.warnings[0].find("it is made again under the new one") != std::string::npos);
  CHECK(list_snapshots(scene.fixture.run(), {}).size() == 2U + static_cast<std::size_t>(changes));

  const auto vault = scene.fixture.in_memory();
  const AuditReport report = audited(scene.fixture, *vault);
  CHECK(error_messages(report).empty());
  std::size_t races = 0;
  for (const AuditFinding& finding : report.findings) {
    if (finding.code != "policy-race") continue;
    ++races;
    CHECK(finding.severity == Severity::warning);
    CHECK(finding.snapshot != summary.snapshot);
    CHECK(scene.fixture.warnings[races - 1].find(finding.snapshot) != std::string::npos);
  }
  CHECK(races == static_cast<std::size_t>(changes));
  CHECK(row_of(report, summary.snapshot).findings.empty());
  CHECK(restored(scene.fixture, *vault, scene.fixture.owner()) ==
        dump_database(scene.fixture.database()));
  scene.fixture.change_database();
  CHECK_FALSE(scene.fixture.back_up().full);
}

TEST_CASE("a policy that follows a backup it has seen overtakes nothing") {
  ChangeUnderWay scene;
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  FaultyStorage hooked(storage, {});
  bool changed = false;
  hooked.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call != StorageCall::commit || !name.starts_with("log/") || changed) return;
    changed = true;
    scene.fixture.set_policy(1, {"alice"});
  };
  scene.fixture.warnings.clear();
  CHECK_FALSE(scene.fixture.back_up_to(hooked).sources.at(0).full);
  CHECK(changed);
  CHECK(scene.fixture.warnings.empty());
  CHECK(list_snapshots(scene.fixture.run(), {}).size() == 2);
  scene.fixture.change_database();
  CHECK(scene.fixture.back_up().policy == "escrow");
  scene.check_audit();
}

TEST_CASE("a run that ends right after a backup that was overtaken is made up for by the next") {
  ChangeUnderWay scene;
  LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
  FaultyStorage hooked(storage, {});
  bool changed = false;
  hooked.on_done = [&](StorageCall call, const ObjectName& name) {
    if (!name.starts_with("log/")) return;
    if (call == StorageCall::put && !changed) {
      changed = true;
      scene.fixture.set_policy(1, {"alice"});
    } else if (call == StorageCall::commit) {
      throw Error(ErrorKind::storage, "the machine loses its power here");
    }
  };
  CHECK_THROWS_AS(static_cast<void>(scene.fixture.back_up_to(hooked)), Error);
  REQUIRE(changed);
  auto vault = scene.fixture.in_memory();
  INFO("until then it is an error");
  CHECK(error_codes(audited(scene.fixture, *vault)) == std::set<std::string>{"stale-policy"});
  const BackupSummary next = scene.fixture.back_up();
  CHECK(next.full);
  CHECK(next.policy == "escrow");
  scene.check_audit();
}

TEST_CASE("an entry that waits from before a change of the policy is not published") {
  ChangeUnderWay scene;
  scene.crash_before_the_entry();
  SUBCASE("the policy changed") {
    scene.fixture.set_policy(1, {"alice"});
    scene.fixture.warnings.clear();
    CHECK(scene.fixture.back_up().policy == "escrow");
    REQUIRE(scene.fixture.warnings.size() == 1);
    CHECK(scene.fixture.warnings[0].find("the policy has changed since") != std::string::npos);
    CHECK(list_snapshots(scene.fixture.run(), {}).size() == 2);
    INFO("and its container, which the readers of then could open, is gone");
    const auto vault = scene.fixture.in_memory();
    CHECK(scrubbed(scene.fixture, *vault).findings.empty());
  }
  SUBCASE("it did not") {
    CHECK_FALSE(scene.fixture.back_up().full);
    CHECK(list_snapshots(scene.fixture.run(), {}).size() == 3);
  }
  scene.check_audit();
}

TEST_CASE("a dry run says what the next run makes of an entry that waits, and leaves it") {
  ChangeUnderWay scene;
  scene.crash_before_the_entry();
  scene.fixture.change_database();
  BackupOptions options;
  options.dry_run = true;
  options.sources = {scene.fixture.database()};
  const BackupReport report = backup(scene.fixture.run(), options);
  CHECK_FALSE(report.sources.at(0).full);
  CHECK(report.sources.at(0).pages_changed > 0);
  CHECK(list_snapshots(scene.fixture.run(), {}).size() == 1);
  CHECK_FALSE(scene.fixture.back_up().full);
  CHECK(list_snapshots(scene.fixture.run(), {}).size() == 3);
  scene.check_audit();
}
