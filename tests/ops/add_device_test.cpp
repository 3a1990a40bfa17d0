#include <doctest/doctest.h>

#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "valise/device.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("a new device restores, is enrolled, and goes on backing up beside the old one") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_imessage_database(source, 400);
  static_cast<void>(fixture.night(source));
  const Run laptop = fixture.elsewhere("laptop");
  const RestoreResult restored =
      restore(laptop, into(fixture.folder() / "laptop" / "messages"), fixture.owner());
  const auto back_up = [&] {
    fixture.clock.advance(3600);
    return backup(laptop, {.sources = {restored.database}}).sources.at(0);
  };
  CHECK(kind_of([&] { static_cast<void>(back_up()); }) == ErrorKind::not_found);
  const AddDeviceResult added = add_device(laptop, "laptop", fixture.owner());
  CHECK(added.name == "laptop");
  CHECK(added.policy == "e2ee");

  CHECK(back_up().full);
  SampleConnection(restored.database).execute("UPDATE message SET text = 'laptop' WHERE ROWID = 9");
  const BackupSummary on_laptop = back_up();
  CHECK_FALSE(on_laptop.full);
  // The old device's chain is its own.
  SampleConnection(source).execute("UPDATE message SET text = 'first' WHERE ROWID = 9");
  const BackupSummary on_first = fixture.night(source);
  CHECK_FALSE(on_first.full);
  CHECK(on_first.source_id != on_laptop.source_id);

  CHECK(row_difference(source, fixture.restore(on_first.snapshot).database) == "");
  CHECK(row_difference(restored.database, fixture.restore(on_laptop.snapshot).database) == "");
  const auto rows = list_snapshots(laptop, {});
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].device == "first");
  CHECK(rows[2].device == "laptop");
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(verify_problems(storage, fixture.elsewhere("v"), fixture.owner()) == "");
  CHECK(audit_problems(storage, laptop) == "");
  CHECK(audit_problems(storage, fixture.run()) == "");
  CHECK(scrub_problems(storage, laptop) == "");
}

TEST_CASE("a device whose credential is damaged is enrolled anew") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_database(source, {.rows = 100});
  static_cast<void>(fixture.night(source));
  fs::resize_file(fixture.credential_file(), 10);
  CHECK(kind_of([&] { static_cast<void>(fixture.night(source)); }) == ErrorKind::corrupt);
  CHECK(add_device(fixture.run(), "first again", fixture.owner()).policy == "e2ee");
  CHECK(fs::file_size(fixture.credential_file().string() + ".damaged") == 10);
  CHECK(fixture.night(source).full);
  SampleConnection(source).execute("UPDATE note SET body = 'x' WHERE id = 5");
  CHECK_FALSE(fixture.night(source).full);
  CHECK(row_difference(source, fixture.restore().database) == "");
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(audit_problems(storage, fixture.run()) == "");
  INFO("a second one does not take the place of the first");
  fs::resize_file(fixture.credential_file(), 11);
  static_cast<void>(add_device(fixture.run(), "and again", fixture.owner()));
  CHECK(fs::file_size(fixture.credential_file().string() + ".damaged") == 10);
  CHECK(fs::file_size(fixture.credential_file().string() + ".damaged.2") == 11);
}

TEST_CASE("a device is enrolled under the policy in force, and follows the next one") {
  NightFixture fixture;
  const UnlockSource agent = fixture.put_under_escrow();
  const Run laptop = fixture.elsewhere("laptop");
  CHECK(add_device(laptop, "laptop", fixture.owner()).policy == "escrow");
  const fs::path source = fixture.folder() / "chat.db";
  make_imessage_database(source, 400);
  CHECK(backup(laptop, {.sources = {source}}).sources.at(0).policy == "escrow");
  const RestoreResult restored =
      restore(fixture.elsewhere("agent"), into(fixture.folder() / "by-agent"), agent);
  CHECK(row_difference(source, restored.database) == "");

  fixture.put_under_e2ee();
  const BackupSummary next = backup(laptop, {.sources = {source}}).sources.at(0);
  CHECK(next.policy == "e2ee");
  CHECK(next.why_full == "the policy changed");
  CHECK(kind_of([&] {
          static_cast<void>(
              restore(fixture.elsewhere("agent"), into(fixture.folder() / "by-agent2"), agent));
        }) == ErrorKind::wrong_key);
}

TEST_CASE("a device is not enrolled with a wrong key, twice, or under no name") {
  NightFixture fixture;
  NightFixture other;
  const Run laptop = fixture.elsewhere("laptop");
  LocalStorage storage = LocalStorage::open(fixture.vault());
  const std::size_t objects = storage.list("").size();
  CHECK(kind_of([&] { static_cast<void>(add_device(laptop, "laptop", other.owner())); }) ==
        ErrorKind::wrong_key);
  CHECK(kind_of([&] { static_cast<void>(add_device(laptop, "", fixture.owner())); }) ==
        ErrorKind::usage);
  CHECK(kind_of([&] { static_cast<void>(add_device(fixture.run(), "again", fixture.owner())); }) ==
        ErrorKind::usage);
  CHECK(storage.list("").size() == objects);
  CHECK_FALSE(fs::exists(fixture.folder() / "laptop"));
}

TEST_CASE("a device that lost its memory is enrolled anew and starts a chain of its own") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_imessage_database(source, 400);
  static_cast<void>(fixture.night(source));
  fs::remove_all(fixture.memory());
  const auto work = [&] { static_cast<void>(fixture.night(source)); };
  CHECK(kind_of(work) == ErrorKind::not_found);
  CHECK(message_of(work).find("key add-device") != std::string::npos);
  static_cast<void>(add_device(fixture.run(), "first again", fixture.owner()));
  CHECK(fixture.night(source).full);
  CHECK_FALSE(fixture.night(source).full);
  CHECK(row_difference(source, fixture.restore().database) == "");
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(audit_problems(storage, fixture.run()) == "");
}
