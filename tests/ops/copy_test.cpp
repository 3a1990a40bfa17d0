#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "base/hex.hpp"
#include "ops/audit.hpp"
#include "ops/copy_scene.hpp"
#include "ops/writer_session.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "vault/container_writer.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

std::vector<std::string> ids_of(const CopyReport& report) {
  std::vector<std::string> ids;
  for (const BackupSummary& copy : report.copies) ids.push_back(copy.snapshot);
  return ids;
}

fs::path container_of(const fs::path& vault, const std::string& snapshot) {
  return vault / "backups" / (snapshot + ".valise");
}

void damage(const fs::path& file) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(100);
  stream.put('x');
  stream.put('y');
}

bool holds(const std::vector<std::string>& lines, const std::string& text) {
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("an audit knows copies without a key, and waits for no next one") {
  CopyScene scene(500);
  scene.night();
  scene.night();
  static_cast<void>(scene.copy_all());
  scene.fixture.clock.advance(5 * 24 * 3600);
  AuditOptions options;
  options.max_age_seconds = 2 * 24 * 3600;
  const auto overdue = [&] {
    std::vector<std::string> objects;
    for (const AuditFinding& finding : audit(scene.at_new(), options).findings) {
      if (finding.code == "overdue") objects.push_back(finding.object);
    }
    return objects;
  };
  INFO("a vault that gets copies only is as old as the last of them");
  CHECK(overdue() == std::vector<std::string>{"vault"});
  options.max_age_seconds = 6 * 24 * 3600;
  CHECK(overdue().empty());
  options.max_age_seconds = 2 * 24 * 3600;
  BackupOptions night;
  night.sources = {scene.source};
  static_cast<void>(whole(backup(scene.at_new(), night)));
  CHECK(overdue().empty());
  const AuditReport report = audit(scene.at_new(), options);
  REQUIRE(report.backups.size() == 3);
  CHECK(std::count_if(report.backups.begin(), report.backups.end(),
                      [](const AuditedBackup& row) { return row.copy; }) == 2);
  INFO("its own nights are waited for all the same");
  scene.fixture.clock.advance(5 * 24 * 3600);
  REQUIRE(overdue().size() == 1);
  CHECK(overdue().front().starts_with("source "));
}

TEST_CASE("a chain that is copied costs what the chain costs, and restores as it was") {
  CopyScene scene;
  for (int night = 0; night < 4; ++night) static_cast<void>(scene.night());
  scene.fixture.clock.advance(9 * kDay);
  const CopyReport report = scene.copy_all();
  REQUIRE(report.copies.size() == 4);
  CHECK(report.failures.empty());
  CHECK_FALSE(report.rolled_back);
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    const BackupSummary& copy = report.copies[i];
    const BackupSummary& original = scene.nights()[i];
    CHECK(copy.full == (i == 0));
    CHECK(copy.copied_from == original.snapshot);
    CHECK(copy.captured_at == original.time);
    CHECK(copy.time == scene.fixture.clock.now());
    REQUIRE(copy.origin);
    CHECK(copy.origin->time == original.time);
    CHECK(copy.messages == original.messages);
    CHECK(copy.first_message == original.first_message);
    CHECK(copy.last_message == original.last_message);
    CHECK(copy.profile == original.profile);
    CHECK(copy.pages == original.pages);
    CHECK(copy.bytes_added < original.bytes_added + original.bytes_added / 10);
    CHECK(scene.difference(copy.snapshot, i + 1) == "");
  }
  CHECK(scene.problems_of_new() == "");
  CHECK(scene.problems_of_old() == "");
  CHECK(report.copies[0].source_id == report.copies[3].source_id);
  CHECK(report.copies[0].source_id != scene.nights()[0].source_id);
  CHECK(holds(report.consequences, "Nothing can take that back"));
  CHECK(holds(report.consequences, "rm -r '" + scene.fixture.vault().string() + "'"));
  INFO("the pages of the copies are of no more use here");
  CHECK(scene.page_files_of_new() == 0);
}

TEST_CASE("the old owner opens nothing that was copied, and the new one nothing in the old vault") {
  CopyScene scene;
  static_cast<void>(scene.night());
  static_cast<void>(scene.copy_all());
  CHECK(kind_of([&] {
          static_cast<void>(verify(scene.elsewhere_at_new(), {}, scene.fixture.owner()));
        }) == ErrorKind::wrong_key);
  CHECK(kind_of([&] { static_cast<void>(verify(scene.fixture.run(), {}, scene.new_owner())); }) ==
        ErrorKind::wrong_key);
  INFO("and the key of the new vault copies nothing out of the old one");
  CHECK(kind_of([&] {
          static_cast<void>(copy_snapshots(scene.fixture.run(), scene.all(), scene.new_owner()));
        }) == ErrorKind::wrong_key);
}

TEST_CASE("a second copy copies what is new, and nothing twice") {
  CopyScene scene;
  for (int night = 0; night < 2; ++night) static_cast<void>(scene.night());
  CHECK(scene.copy_all().copies.size() == 2);
  const CopyReport again = scene.copy_all();
  CHECK(again.copies.empty());
  CHECK(again.plan.copied_before == 2);
  CHECK(again.plan.snapshots == 0);
  CHECK(again.consequences.empty());
  static_cast<void>(scene.night());
  const CopyReport more = scene.copy_all();
  REQUIRE(more.copies.size() == 1);
  CHECK(more.plan.copied_before == 2);
  CHECK(more.copies[0].copied_from == scene.nights()[2].snapshot);
  CHECK(scene.difference(more.copies[0].snapshot, 3) == "");
  INFO("one that is named is not copied again either");
  CHECK(scene.copy(scene.named({scene.nights()[0].snapshot, "latest"})).plan.copied_before == 2);
  CHECK(list_snapshots(scene.at_new(), {}).size() == 3);
  INFO("a copy that has gone is made again");
  fs::remove(container_of(scene.new_vault(), more.copies[0].snapshot));
  CHECK(scene.copy_all().copies.size() == 1);
}

TEST_CASE("a dry run tells what would be copied, and writes nothing") {
  CopyScene scene;
  static_cast<void>(scene.night());
  CopyOptions options = scene.all();
  options.dry_run = true;
  CopyPlan told;
  CopyEvents events;
  events.on_plan = [&](const CopyPlan& plan) { told = plan; };
  LocalStorage storage = LocalStorage::open(scene.new_vault());
  const std::size_t before = storage.list("").size();
  const CopyReport report =
      copy_snapshots(scene.fixture.run(), options, scene.fixture.owner(), events);
  CHECK(report.copies.empty());
  CHECK(report.consequences.empty());
  CHECK(told.snapshots == 1);
  CHECK(told.sources == 1);
  REQUIRE(told.from.size() == 1);
  CHECK(told.from[0].policy == "e2ee");
  CHECK(told.to.policy == "e2ee");
  CHECK(told.from_vault != told.to_vault);
  CHECK(told.first == scene.nights()[0].time);
  CHECK(storage.list("").size() == before);
}

TEST_CASE("old backups are put under escrow within one vault") {
  CopyScene scene;
  for (int night = 0; night < 3; ++night) static_cast<void>(scene.night());
  const UnlockSource agent = scene.fixture.put_under_escrow();
  static_cast<void>(scene.night());
  const CopyReport report = scene.copy_within(scene.all(), scene.fixture.owner());
  INFO("the one under escrow already is left out");
  REQUIRE(report.copies.size() == 3);
  CHECK(report.plan.copied_before == 1);
  CHECK(report.plan.same_vault());
  CHECK(holds(report.consequences, "holds the whole history as of its day"));
  CHECK(holds(report.consequences, "The originals stay in the vault"));
  for (std::size_t i = 0; i < 3; ++i) {
    const RestoreOptions options =
        snapshot_into(report.copies[i].snapshot, scene.fixture.folder() / std::to_string(i));
    const RestoreResult result = restore(scene.fixture.elsewhere("agent"), options, agent);
    CHECK(row_difference(result.database, scene.kept(i + 1)) == "");
  }
  CHECK(scene.problems_of_old() == "");
  CHECK(scene.copy_within(scene.all(), scene.fixture.owner()).copies.empty());

  INFO("back to end-to-end: each original once, whatever copies there are of it");
  scene.fixture.put_under_e2ee();
  const CopyReport back = scene.copy_within(scene.all(), scene.fixture.owner());
  REQUIRE(back.copies.size() == 1);
  CHECK(back.copies[0].copied_from == scene.nights()[3].snapshot);
  CHECK(holds(back.consequences, "stay readable by 1 of 1"));
}

TEST_CASE("copies are known by their manifests where this device has forgotten them") {
  CopyScene scene;
  static_cast<void>(scene.night());
  static_cast<void>(scene.fixture.put_under_escrow());
  CHECK(scene.copy_within(scene.all(), scene.fixture.owner()).copies.size() == 1);
  fs::remove_all(scene.fixture.memory() / "state");
  CHECK(scene.copy_within(scene.all(), scene.fixture.owner()).copies.empty());
  INFO("in another vault nobody here can tell: it is said, and copied once more");
  CHECK(scene.copy_all().copies.size() == 1);
  fs::remove_all(scene.fixture.memory() / "state");
  scene.fixture.warnings.clear();
  CHECK(scene.copy_all().copies.size() >= 1);
  CHECK(holds(scene.fixture.warnings, "no longer remembers"));
}

TEST_CASE("a long chain is folded by naming its end") {
  CopyScene scene;
  for (int night = 0; night < 3; ++night) static_cast<void>(scene.night());
  const CopyReport report = scene.copy_within(scene.named({"latest"}), scene.fixture.owner());
  REQUIRE(report.copies.size() == 1);
  CHECK(report.copies[0].full);
  RestoreOptions options =
      snapshot_into(report.copies[0].snapshot, scene.fixture.folder() / "folded");
  const RestoreResult result =
      restore(scene.fixture.elsewhere("other"), options, scene.fixture.owner());
  CHECK(result.chain_length == 1);
  CHECK(row_difference(result.database, scene.kept(3)) == "");
  INFO("the next night goes on in its own chain");
  CHECK_FALSE(scene.night().full);
}

TEST_CASE("a copy of a copy says what the first one was a copy of") {
  CopyScene scene;
  static_cast<void>(scene.night());
  const CopyReport first = scene.copy_all();
  REQUIRE(first.copies.size() == 1);
  INFO("back into the old vault, where the original stands: nothing to do");
  CopyOptions back;
  back.all = true;
  back.to = scene.fixture.vault();
  CHECK(copy_snapshots(scene.at_new(), back, scene.new_owner()).plan.copied_before == 1);
  INFO("and again within the new vault, by name");
  CopyOptions within = scene.named({first.copies[0].snapshot});
  CHECK(copy_snapshots(scene.at_new(), within, scene.new_owner()).plan.copied_before == 1);
  static_cast<void>(set_policy(scene.at_new(),
                               {.escrow = false, .k = 0, .agents = {}, .min_keep_days = 3},
                               scene.new_owner(), [](const Reader&) { return true; }));
  CHECK(copy_snapshots(scene.at_new(), within, scene.new_owner()).plan.copied_before == 1);
  scene.fixture.clock.advance(kDay);
  Run third = scene.fixture.run();
  third.places.vault = scene.fixture.folder() / "third";
  static_cast<void>(init_vault(third, {.passphrase = std::nullopt, .device_name = "first"},
                               [](const Secret&) {}));
  within.to = third.places.vault;
  const CopyReport second = copy_snapshots(scene.at_new(), within, scene.new_owner());
  REQUIRE(second.copies.size() == 1);
  CHECK(second.copies[0].origin->entry_id == first.copies[0].origin->entry_id);
  CHECK(second.copies[0].captured_at == scene.nights()[0].time);
}

TEST_CASE("a chain border of the originals is none of the copies, unless most pages changed") {
  CopyScene scene;
  static_cast<void>(scene.night());
  static_cast<void>(scene.night(true));
  scene.rewrite_everything();
  static_cast<void>(scene.night(true));
  const CopyReport report = scene.copy_all();
  REQUIRE(report.copies.size() == 3);
  CHECK(report.copies[0].full);
  CHECK_FALSE(report.copies[1].full);
  CHECK(report.copies[2].full);
  CHECK(report.copies[2].why_full == "more than half of the pages have changed");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(scene.difference(report.copies[i].snapshot, i + 1) == "");
  }
  CHECK(scene.problems_of_new() == "");
}

TEST_CASE("a page size that changes begins a chain") {
  CopyScene scene;
  static_cast<void>(scene.night());
  {
    SampleConnection connection(scene.source);
    connection.execute("PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM");
  }
  static_cast<void>(scene.night());
  const CopyReport report = scene.copy_all();
  REQUIRE(report.copies.size() == 2);
  CHECK(report.copies[1].why_full == "the database's page size changed");
  CHECK(scene.difference(report.copies[1].snapshot, 2) == "");
}

TEST_CASE("a damaged original is named with what builds on it, and the others are copied") {
  CopyScene scene;
  for (int night = 0; night < 3; ++night) static_cast<void>(scene.night());
  static_cast<void>(scene.night(true));
  static_cast<void>(scene.night());
  const fs::path second = container_of(scene.fixture.vault(), scene.nights()[1].snapshot);
  SUBCASE("a record") { damage(second); }
  SUBCASE("missing") { fs::remove(second); }
  const CopyReport report = scene.copy_all();
  REQUIRE(report.failures.size() == 2);
  CHECK(report.failures[0].snapshot == scene.nights()[1].snapshot);
  CHECK(report.failures[1].snapshot == scene.nights()[2].snapshot);
  for (const CopyFailure& failure : report.failures) {
    CHECK(failure.error.kind() == ErrorKind::corrupt);
    CHECK(std::string(failure.error.what()).find(scene.nights()[1].snapshot) != std::string::npos);
  }
  REQUIRE(report.copies.size() == 3);
  CHECK(scene.difference(report.copies[0].snapshot, 1) == "");
  CHECK(scene.difference(report.copies[1].snapshot, 4) == "");
  CHECK(scene.difference(report.copies[2].snapshot, 5) == "");
  CHECK(holds(report.consequences, "Keep the old vault: 2 snapshots"));
  CHECK(scene.problems_of_new() == "");
}

TEST_CASE("an agent copies what it can open") {
  CopyScene scene;
  static_cast<void>(scene.night());
  const UnlockSource agent = scene.fixture.put_under_escrow();
  static_cast<void>(scene.night());
  const CopyReport report = copy_snapshots(scene.fixture.run(), scene.all(), agent);
  REQUIRE(report.copies.size() == 1);
  CHECK(scene.difference(report.copies[0].snapshot, 2) == "");
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].error.kind() == ErrorKind::wrong_key);
  CHECK(holds(report.consequences, "stay readable by 1 of 1"));
}

TEST_CASE("a copy is refused, with the way out, before anybody types a passphrase") {
  CopyScene scene;
  static_cast<void>(scene.night());
  const UnlockSource nobody = []() -> Unlock { throw Error(ErrorKind::internal, "asked"); };
  const auto refused = [&](const Run& run, const CopyOptions& options) {
    return message_of([&] { static_cast<void>(copy_snapshots(run, options, nobody)); });
  };
  CopyOptions nothing;
  nothing.to = scene.new_vault();
  CHECK(refused(scene.fixture.run(), nothing).starts_with("which snapshots?"));
  CopyOptions both = scene.named({"latest"});
  both.all = true;
  CHECK(refused(scene.fixture.run(), both).find("not both") != std::string::npos);
  CHECK(
      refused(scene.fixture.run(), scene.named({"abcd1234"})).starts_with("there is no snapshot"));
  CHECK(refused(scene.fixture.elsewhere("stranger"), scene.all())
            .find("valise key add-device --vault " + scene.new_vault().string()) !=
        std::string::npos);
  CopyOptions nowhere = scene.all();
  nowhere.to = scene.fixture.folder() / "nowhere";
  CHECK(kind_of([&] { static_cast<void>(copy_snapshots(scene.fixture.run(), nowhere, nobody)); }) ==
        ErrorKind::not_found);
}

TEST_CASE("nothing is copied into a vault that was rolled back") {
  CopyScene scene;
  static_cast<void>(scene.night());
  static_cast<void>(scene.copy_all());
  fs::remove_all(scene.fixture.folder() / "rolled");
  replace_folder(scene.new_vault(), scene.fixture.folder() / "rolled");
  static_cast<void>(scene.night());
  static_cast<void>(scene.copy_all());
  replace_folder(scene.fixture.folder() / "rolled", scene.new_vault());
  static_cast<void>(scene.night());
  const std::string message = message_of([&] { static_cast<void>(scene.copy_all()); });
  CHECK(message.find("older than this device remembers") != std::string::npos);
  CHECK(list_snapshots(scene.at_new(), {}).size() == 1);
}

TEST_CASE("an old vault that was rolled back is told") {
  CopyScene scene;
  static_cast<void>(scene.night());
  replace_folder(scene.fixture.vault(), scene.fixture.folder() / "rolled");
  static_cast<void>(scene.night());
  CHECK_FALSE(scene.copy(scene.named({"latest"})).rolled_back);
  replace_folder(scene.fixture.folder() / "rolled", scene.fixture.vault());
  CHECK(scene.copy_all().rolled_back);
}

TEST_CASE("a policy that changes meanwhile is in force from then on, and it is said") {
  CopyScene scene;
  for (int night = 0; night < 3; ++night) static_cast<void>(scene.night());
  scene.fixture.warnings.clear();
  Run run = scene.fixture.run();
  bool changed = false;
  CopyEvents events;
  UnlockSource agent;
  events.on_copy = [&](const BackupSummary&) {
    if (std::exchange(changed, true)) return;
    KeygenOptions keygen;
    keygen.name = "late";
    keygen.dir = scene.fixture.folder() / "late";
    const AgentFiles files = escrow_keygen(run, keygen, [](const Secret&) {});
    static_cast<void>(set_policy(
        scene.at_new(), {.escrow = true, .k = 1, .agents = {files.card}, .min_keep_days = {}},
        scene.new_owner(), [](const Reader&) { return true; }));
  };
  const CopyReport report = copy_snapshots(run, scene.all(), scene.fixture.owner(), events);
  REQUIRE(report.copies.size() == 3);
  CHECK(report.copies[0].policy == "e2ee");
  CHECK(report.copies[1].policy == "escrow");
  CHECK(report.copies[1].full);
  CHECK(report.copies[2].policy == "escrow");
  CHECK_FALSE(report.copies[2].full);
  CHECK(holds(scene.fixture.warnings, "has changed the policy"));
  CHECK(scene.problems_of_new() == "");
  INFO("once more puts the first one under the new policy, too");
  const CopyReport again = scene.copy_all();
  REQUIRE(again.copies.size() == 1);
  CHECK(again.copies[0].copied_from == scene.nights()[0].snapshot);
}

TEST_CASE("a nightly backup into the same vault waits for a copy, and the copy for it") {
  CopyScene scene;
  for (int night = 0; night < 2; ++night) static_cast<void>(scene.night());
  CopyEvents events;
  std::optional<ErrorKind> backup_met;
  std::optional<ErrorKind> copy_met;
  events.on_copy = [&](const BackupSummary&) {
    backup_met = kind_of(
        [&] { static_cast<void>(valise::backup(scene.at_new(), {.sources = {scene.source}})); });
    copy_met = kind_of([&] { static_cast<void>(scene.copy_all()); });
    INFO("into the old one it goes on");
    CHECK_NOTHROW(
        static_cast<void>(valise::backup(scene.fixture.run(), {.sources = {scene.source}})));
  };
  CHECK(copy_snapshots(scene.fixture.run(), scene.all(), scene.fixture.owner(), events)
            .copies.size() == 2);
  CHECK(backup_met == ErrorKind::locked);
  CHECK(copy_met == ErrorKind::locked);
}

TEST_CASE("a cancelled copy goes on where it stopped") {
  CopyScene scene;
  for (int night = 0; night < 4; ++night) static_cast<void>(scene.night());
  Cancellation cancellation;
  Run run = scene.fixture.run();
  run.cancellation = &cancellation;
  std::vector<std::string> done;
  CopyEvents events;
  events.on_copy = [&](const BackupSummary& summary) {
    done.push_back(summary.snapshot);
    if (done.size() == 2) cancellation.request();
  };
  CHECK(kind_of([&] {
          static_cast<void>(copy_snapshots(run, scene.all(), scene.fixture.owner(), events));
        }) == ErrorKind::cancelled);
  REQUIRE(done.size() == 2);
  CHECK(scene.problems_of_new() == "");
  const CopyReport rest = scene.copy_all();
  CHECK(rest.plan.copied_before == 2);
  REQUIRE(rest.copies.size() == 2);
  INFO("as an increment on what was copied before");
  CHECK_FALSE(rest.copies[0].full);
  CHECK(scene.difference(rest.copies[1].snapshot, 4) == "");
  CHECK(ids_of(rest).front() != done.front());
}
