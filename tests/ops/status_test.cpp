#include "valise/status.hpp"

#include <doctest/doctest.h>

#include "ops/media_scene.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

StatusReport status_after(NightFixture& fixture, std::optional<std::uint64_t> days = {}) {
  StatusOptions options;
  if (days) options.max_age_seconds = *days * kDay;
  return status(fixture.run(), options);
}

}  // namespace

TEST_CASE("a status says when a source was last backed up, verified and scrubbed") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 50});
  CHECK(status_after(fixture).sources.empty());
  CHECK_FALSE(status_after(fixture).overdue);
  CHECK(status_after(fixture, 1).overdue);

  const BackupSummary backed_up = fixture.night(source);
  StatusReport report = status_after(fixture, 1);
  REQUIRE(report.sources.size() == 1);
  const SourceStatus first = report.sources[0];
  CHECK(first.name == "a.db");
  CHECK(first.snapshot == backed_up.snapshot);
  CHECK(first.time == fixture.clock.now());
  CHECK(first.messages == backed_up.messages);
  CHECK(first.present);
  CHECK(first.nightly);
  CHECK_FALSE(first.overdue);
  CHECK_FALSE(first.verified);
  CHECK_FALSE(report.scrubbed);
  REQUIRE(report.last_run);
  CHECK(report.last_run->ok);

  fixture.clock.advance(kDay);
  static_cast<void>(verify(fixture.run(), every_snapshot(), fixture.owner()));
  fixture.clock.advance(kDay);
  static_cast<void>(scrub(fixture.run(), {}));
  report = status_after(fixture, 1);
  CHECK(report.overdue);
  CHECK(report.sources[0].overdue);
  REQUIRE(report.sources[0].verified);
  CHECK(report.sources[0].verified->time == fixture.clock.now() - kDay);
  CHECK(report.sources[0].verified->count == 1);
  CHECK(report.sources[0].verified->ok);
  REQUIRE(report.scrubbed);
  CHECK(report.scrubbed->time == fixture.clock.now());
  CHECK(report.scrubbed->ok);
  CHECK_FALSE(status_after(fixture, 3).overdue);
  CHECK_FALSE(status_after(fixture).overdue);
}

TEST_CASE("a status tells of a night that failed, until one went well") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 50});
  static_cast<void>(fixture.night(source));
  const fs::path aside = fixture.folder() / "aside.db";
  fs::rename(source, aside);
  fixture.clock.advance(kDay);
  static_cast<void>(backup(fixture.run(), {}));
  StatusReport report = status_after(fixture);
  CHECK(report.failed());
  CHECK(report.last_run->text.find("a.db") != std::string::npos);
  CHECK(report.last_run->text.find('\n') == std::string::npos);
  // A dry run is no night.
  fs::rename(aside, source);
  static_cast<void>(backup(fixture.run(), {.sources = {}, .full = false, .dry_run = true}));
  CHECK(status_after(fixture).failed());
  static_cast<void>(backup(fixture.run(), {}));
  CHECK_FALSE(status_after(fixture).failed());
}

TEST_CASE("a status sees what is missing or was found damaged, and what is backed up no more") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  const BackupSummary full = fixture.night(source);
  SampleConnection(source).execute("UPDATE note SET body = body || ' x' WHERE id % 350 = 0");
  CHECK_FALSE(fixture.night(source).full);
  const fs::path container = fixture.vault() / "backups" / (full.snapshot + ".valise");
  fs::rename(container, fixture.folder() / "moved");
  // The newest builds on it.
  CHECK_FALSE(status_after(fixture).sources[0].present);
  static_cast<void>(scrub(fixture.run(), {}));
  const StatusReport report = status_after(fixture);
  CHECK(report.sources[0].damaged);
  CHECK_FALSE(report.scrubbed->ok);
  CHECK(report.scrubbed->text == "1 damaged or missing");

  forget_sources(fixture.run(), {source});
  fixture.clock.advance(9 * kDay);
  const StatusReport later = status_after(fixture, 1);
  CHECK_FALSE(later.sources[0].nightly);
  CHECK_FALSE(later.sources[0].overdue);
  // A clock that was wrong is no backup of today.
  fixture.clock.set(fixture.clock.now() - 400 * kDay);
  static_cast<void>(fixture.night(source));
  fixture.clock.set(fixture.clock.now() - 100 * kDay);
  CHECK(status_after(fixture, 1).overdue);
}

TEST_CASE(
    "of a path whose database is taken for no app's any more the newest source is waited for") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_imessage_database(source, 20);
  static_cast<void>(fixture.night(source));
  SampleConnection(source).execute(
      "ALTER TABLE message RENAME TO letter; ALTER TABLE chat RENAME TO talk");
  fixture.warnings.clear();
  static_cast<void>(fixture.night(source));
  fixture.clock.advance(5 * kDay);
  CHECK(fixture.warnings.size() == 1);
  static_cast<void>(fixture.night(source));
  INFO("that attachments are left out is told every night");
  REQUIRE(fixture.warnings.size() == 2);
  CHECK(fixture.warnings[1].find("its attachments are not backed up") != std::string::npos);
  const StatusReport report = status_after(fixture, 2);
  REQUIRE(report.sources.size() == 2);
  CHECK_FALSE(report.overdue);
  CHECK(report.sources[0].nightly != report.sources[1].nightly);
  for (const SourceStatus& one : report.sources) {
    CHECK(one.nightly == (one.time == fixture.clock.now()));
  }
  fixture.clock.advance(5 * kDay);
  CHECK(status_after(fixture, 2).overdue);
}

TEST_CASE("a status sees that a pack which the newest snapshot needs is gone or cut short") {
  MediaScene scene;
  scene.put("Attachments/a", std::string(5000, 'a'));
  static_cast<void>(scene.back_up());
  // The increment names another one, and its chain both.
  scene.put("Attachments/b", std::string(5000, 'b'));
  CHECK_FALSE(scene.back_up().full);
  REQUIRE(scene.packs().size() == 2);
  StatusReport report = status(scene.night.run(), {});
  REQUIRE(report.sources.size() == 1);
  CHECK(report.sources[0].packs_present);
  CHECK(report.ok());
  for (const fs::path& pack : scene.packs()) {
    CAPTURE(pack.string());
    const fs::path aside = scene.night.folder() / "aside";
    fs::copy_file(pack, aside);
    fs::resize_file(pack, fs::file_size(pack) - 1);
    CHECK_FALSE(status(scene.night.run(), {}).sources[0].packs_present);
    fs::remove(pack);
    report = status(scene.night.run(), {});
    CHECK(report.sources[0].present);
    CHECK_FALSE(report.sources[0].packs_present);
    CHECK_FALSE(report.ok());
    // Nobody needs this device's state to see that one is gone.
    const fs::path state = scene.night.state_file();
    fs::rename(state, scene.night.folder() / "state");
    CHECK_FALSE(status(scene.night.run(), {}).sources[0].packs_present);
    fs::rename(scene.night.folder() / "state", state);
    fs::rename(aside, pack);
    CHECK(status(scene.night.run(), {}).ok());
  }
}

TEST_CASE("a night without a vault is noted by its place, and by no other") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 50});
  static_cast<void>(fixture.night(source));
  Run other = fixture.run();
  other.places.vault = fixture.folder() / "another place";
  CHECK(kind_of([&] { static_cast<void>(backup(other, {})); }) == ErrorKind::not_found);
  CHECK(status_after(fixture).ok());

  const fs::path away = fixture.folder() / "away";
  fs::rename(fixture.vault(), away);
  // A clock that is behind does not hide it.
  fixture.clock.set(fixture.clock.now() - 3 * kDay);
  CHECK(kind_of([&] { static_cast<void>(backup(fixture.run(), {})); }) == ErrorKind::not_found);
  fs::rename(away, fixture.vault());
  StatusReport report = status_after(fixture);
  CHECK(report.failed());
  CHECK_FALSE(report.ok());
  CHECK(report.last_run->time == fixture.clock.now());
  CHECK(report.last_run->text.starts_with("there is no folder"));
  static_cast<void>(fixture.night(source));
  CHECK(status_after(fixture).ok());
  // A device that never made a backup keeps no notes of places.
  Run stranger = fixture.elsewhere("stranger");
  stranger.places.vault = away;
  CHECK(kind_of([&] { static_cast<void>(backup(stranger, {})); }) == ErrorKind::not_found);
  CHECK_FALSE(fs::exists(stranger.places.state_dir));
}

TEST_CASE("a status needs an enrolled device, no lock, and no folder that can be written") {
  NightFixture fixture;
  CHECK(kind_of([&] { static_cast<void>(status(fixture.elsewhere("stranger"), {})); }) ==
        ErrorKind::not_found);
  // Who has no state here notes nothing.
  static_cast<void>(scrub(fixture.elsewhere("stranger"), {}));
  CHECK_FALSE(fs::exists(fixture.folder() / "stranger"));
  // Notes that are none.
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 50});
  static_cast<void>(fixture.night(source));
  static_cast<void>(scrub(fixture.run(), {}));
  const fs::path notes = fixture.state_file().parent_path() / "notes.scrub";
  REQUIRE(fs::exists(notes));
  fs::remove(notes);
  fs::create_directory(notes);
  CHECK_FALSE(status_after(fixture).scrubbed);
  CHECK_NOTHROW(static_cast<void>(scrub(fixture.run(), {})));
}
