#include "valise/verify.hpp"

#include <doctest/doctest.h>

#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("verify proves one snapshot or all, counts messages and keeps nothing") {
  NightFixture fixture;
  const fs::path chat = fixture.folder() / "chat.db";
  const fs::path other = fixture.folder() / "other.db";
  make_imessage_database(chat, 300);
  make_database(other, {.rows = 300});
  static_cast<void>(fixture.night({chat, other}));
  SampleConnection(chat).execute("DELETE FROM message WHERE ROWID > 290");
  static_cast<void>(fixture.night({chat, other}));
  const Run device = fixture.elsewhere("verifier");
  const VerifyReport all = verify(device, every_snapshot(), fixture.owner());
  CHECK(all.failed == 0);
  REQUIRE(all.snapshots.size() == 4);
  CHECK(all.snapshots[0].messages == 300);
  CHECK(all.snapshots[2].messages == 290);
  CHECK(verify(device, {.source = "chat.db", .all = true}, fixture.owner()).snapshots.size() == 2);
  const VerifyReport one = verify(device, {.source = "chat.db"}, fixture.owner());
  REQUIRE(one.snapshots.size() == 1);
  CHECK(one.snapshots[0].snapshot == all.snapshots[2].snapshot);
  for (const auto& entry : fs::recursive_directory_iterator(fixture.folder() / "verifier")) {
    CHECK_FALSE(entry.is_regular_file());
  }
}

TEST_CASE("verify of nothing, or of what is not there, is told") {
  NightFixture fixture;
  const auto work = [&] {
    static_cast<void>(verify(fixture.run(), every_snapshot(), fixture.owner()));
  };
  CHECK(kind_of(work) == ErrorKind::not_found);
  CHECK(message_of(work).find("valise backup") != std::string::npos);
  make_database(fixture.folder() / "a.db", {.rows = 30});
  static_cast<void>(fixture.night(fixture.folder() / "a.db"));
  CHECK(kind_of([&] {
          static_cast<void>(verify(fixture.run(), one_snapshot("ffff"), fixture.owner()));
        }) == ErrorKind::not_found);
}

TEST_CASE("an agent verifies what is open to it and is told of the rest") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 600});
  const BackupSummary closed = fixture.night(source);
  const UnlockSource agent = fixture.put_under_escrow();
  const BackupSummary open = fixture.night(source);
  const Run device = fixture.elsewhere("agent");
  const VerifyReport one = verify(device, one_snapshot(open.snapshot), agent);
  REQUIRE(one.snapshots.size() == 1);
  CHECK(one.snapshots[0].ok);
  CHECK(kind_of([&] { static_cast<void>(verify(device, one_snapshot(closed.snapshot), agent)); }) ==
        ErrorKind::wrong_key);
  // The one that it cannot open does not hide the health of the other.
  const VerifyReport all = verify(device, every_snapshot(), agent);
  REQUIRE(all.snapshots.size() == 2);
  CHECK_FALSE(all.snapshots[0].ok);
  CHECK(all.snapshots[0].problem.find("not among its readers") != std::string::npos);
  CHECK(all.snapshots[1].ok);
}

TEST_CASE("verify that is interrupted says so") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 600});
  static_cast<void>(fixture.night(source));
  Cancellation cancellation;
  cancellation.request();
  Run run = fixture.run();
  run.cancellation = &cancellation;
  CHECK(kind_of([&] { static_cast<void>(verify(run, every_snapshot(), fixture.owner())); }) ==
        ErrorKind::cancelled);
}
