#include "valise/list.hpp"

#include <doctest/doctest.h>

#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("list tells a device all of its own backups, oldest first, without a key") {
  NightFixture fixture;
  const fs::path chat = fixture.folder() / "chat.db";
  const fs::path other = fixture.folder() / "other.db";
  make_imessage_database(chat, 12);
  make_database(other, {.rows = 50});
  const BackupReport first = fixture.night({chat, other});
  const BackupSummary second = fixture.night(chat);
  const auto rows = list_snapshots(fixture.run(), {});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].snapshot == first.sources[0].snapshot);
  CHECK(rows[1].snapshot == first.sources[1].snapshot);
  CHECK(rows[2].snapshot == second.snapshot);
  CHECK(rows[0].full);
  CHECK_FALSE(rows[2].full);
  CHECK(rows[0].parent.empty());
  CHECK(rows[2].parent == rows[0].snapshot);
  CHECK(rows[2].source == first.sources[0].source_id);
  CHECK(rows[2].time == second.time);
  CHECK(rows[2].policy == "e2ee");
  CHECK(rows[2].readers.size() == 1);
  CHECK(rows[2].device == "first");
  CHECK(rows[2].present);
  CHECK(rows[0].name == "chat.db");
  CHECK(rows[0].profile == "imessage");
  CHECK(rows[0].messages == 12);
  CHECK(rows[1].name == "other.db");
  CHECK(rows[1].profile == "sqlite");
  std::uint64_t bytes = 0;
  for (const SnapshotRow& row : rows) bytes += row.bytes;
  std::uint64_t in_folder = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fixture.vault() / "backups")) {
    if (entry.is_regular_file()) in_folder += entry.file_size();
  }
  CHECK(bytes == in_folder);
}

TEST_CASE("list on another device knows names and counts only with a key") {
  NightFixture fixture;
  const fs::path chat = fixture.folder() / "chat.db";
  make_imessage_database(chat, 12);
  static_cast<void>(fixture.night(chat));
  const Run other = fixture.elsewhere("other");
  const auto blind = list_snapshots(other, {});
  REQUIRE(blind.size() == 1);
  CHECK_FALSE(blind[0].name.has_value());
  CHECK_FALSE(blind[0].messages.has_value());
  CHECK(blind[0].device == "first");
  const auto open = list_snapshots(other, {}, fixture.owner());
  REQUIRE(open.size() == 1);
  CHECK(open[0].name == "chat.db");
  CHECK(open[0].messages == 12);
  CHECK_FALSE(fs::exists(fixture.folder() / "other"));
}

TEST_CASE("list can be asked for one source") {
  NightFixture fixture;
  const fs::path chat = fixture.folder() / "chat.db";
  const fs::path other = fixture.folder() / "other.db";
  make_imessage_database(chat, 12);
  make_database(other, {.rows = 50});
  const BackupReport night = fixture.night({chat, other});
  CHECK(list_snapshots(fixture.run(), {.source = "other.db"}).size() == 1);
  CHECK(list_snapshots(fixture.run(), {.source = night.sources[0].source_id.substr(0, 6)}).size() ==
        1);
  CHECK(kind_of([&] {
          static_cast<void>(list_snapshots(fixture.run(), {.source = "third.db"}));
        }) == ErrorKind::not_found);
}

TEST_CASE("list of a new vault is empty, and of no vault an error") {
  NightFixture fixture;
  CHECK(list_snapshots(fixture.run(), {}).empty());
  CHECK(list_snapshots(fixture.run(), {.source = "chat.db"}).empty());
  Run lost = fixture.run();
  lost.places.vault = fixture.folder() / "nowhere";
  CHECK(kind_of([&] { static_cast<void>(list_snapshots(lost, {})); }) == ErrorKind::not_found);
}

TEST_CASE("a wrong key is told, not taken for no key") {
  NightFixture fixture;
  NightFixture other;
  CHECK(kind_of([&] { static_cast<void>(verify(fixture.run(), {}, other.owner())); }) ==
        ErrorKind::not_found);
  const fs::path chat = fixture.folder() / "chat.db";
  make_imessage_database(chat, 12);
  static_cast<void>(fixture.night(chat));
  CHECK(kind_of([&] { static_cast<void>(verify(fixture.run(), {}, other.owner())); }) ==
        ErrorKind::wrong_key);
}
