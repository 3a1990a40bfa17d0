// What a backup keeps of files that are nowhere but in a media pack, when the pack is away.

#include <doctest/doctest.h>

#include "ops/media_scene.hpp"
#include "support/no_privilege.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// Two files in one pack, both named by rows; one is not on the disk any more.
struct LostPackScene {
  MediaScene media;
  fs::path pack;

  LostPackScene() {
    media.put("Attachments/here", "here");
    media.put("Attachments/offloaded", "offloaded");
    media.name("Attachments/here", 4);
    media.name("Attachments/offloaded", 9);
    // Enough that a changed page or two is an increment.
    SampleConnection(media.database())
        .execute(
            "CREATE TABLE filler(body); "
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) "
            "INSERT INTO filler SELECT hex(randomblob(1000)) FROM n");
    media.back_up();
    REQUIRE(media.packs().size() == 1);
    pack = media.packs().front();
    fs::remove(media.at("Attachments/offloaded"));
  }
  [[nodiscard]] std::string object() const {
    return fs::relative(pack, media.night.vault()).string();
  }
  [[nodiscard]] fs::path away() const { return media.night.folder() / "away"; }
  void take_pack() const { fs::rename(pack, away()); }
  void put_back() const { fs::rename(away(), pack); }
  BackupSummary drop_lost() {
    BackupOptions options;
    options.sources = {media.database()};
    options.drop_lost = true;
    options.on_file = [this](const FileNotice& notice) { media.notices.push_back(notice); };
    media.notices.clear();
    return whole(backup(media.night.run(), options)).sources.at(0);
  }
  [[nodiscard]] std::size_t told(FileNotice::Kind kind) const {
    std::size_t count = 0;
    for (const FileNotice& notice : media.notices) {
      if (notice.kind == kind && notice.path == "Attachments/offloaded") ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("a pack that is away for some nights costs no kept attachment its key") {
  LostPackScene scene;
  scene.take_pack();
  bool full = false;
  SUBCASE("in an increment") {}
  SUBCASE("in a full, which names all its packs") { full = true; }
  const BackupSummary away = scene.media.back_up(full);
  CHECK(away.full == full);
  CHECK(away.files.missing == 1);
  CHECK(away.files.missing_kept == 1);
  CHECK(away.files.pack_lost == 1);
  CHECK(away.files.packs_lost == 1);
  REQUIRE(away.files.packs_lost_first.size() == 1);
  CHECK(away.files.packs_lost_first[0] == scene.object() + " is missing from the vault");
  CHECK_FALSE(away.files.complete());
  CHECK(scene.told(FileNotice::Kind::pack_lost) == 1);
  // What is on the disk was sealed anew, and is in no need of the pack.
  CHECK(scene.media.packs().size() == 1);
  const RestoreResult without = scene.media.night.restore();
  CHECK(without.files == 1);
  REQUIRE(without.files_damaged.count == 1);
  CHECK(without.files_damaged.first[0].path == "Attachments/offloaded");
  CHECK(status(scene.media.night.run(), {}).sources.at(0).incomplete);

  // Another such night changes nothing.
  const BackupSummary again = scene.media.back_up();
  CHECK(again.files.pack_lost == 1);
  CHECK(scene.media.catalog_records(again.snapshot) == 0);

  scene.put_back();
  const BackupSummary back = scene.media.back_up();
  CHECK(back.files.complete());
  CHECK(back.files.missing_kept == 1);
  CHECK(back.files.pack_lost == 0);
  CHECK(scene.media.files_of(back.snapshot).at("Attachments/offloaded").content == "offloaded");
  CHECK(scene.media.files_of(away.snapshot).at("Attachments/offloaded").content == "offloaded");
  CHECK_FALSE(status(scene.media.night.run(), {}).sources.at(0).incomplete);
  CHECK(verify(scene.media.night.run(), {}, scene.media.night.owner()).failed == 0);
}

TEST_CASE("a pack that came back only in part, or was found damaged, costs no key either") {
  LostPackScene scene;
  const std::string content = text_at(scene.pack);
  std::string word;
  SUBCASE("in part") {
    write_text(scene.pack, content.substr(0, content.size() / 2));
    word = " has not the size that was written";
  }
  std::string flipped = content;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  SUBCASE("damaged, and found by a scrub") {
    write_text(scene.pack, flipped);
    CHECK(scrub(scene.media.night.run(), {}).errors > 0);
    REQUIRE(fs::exists(scene.pack));
    word = " was found damaged by a scrub";
  }
  SUBCASE("damaged, and moved aside by a scrub") {
    write_text(scene.pack, flipped);
    CHECK(scrub(scene.media.night.run(), {.quarantine = true}).errors > 0);
    REQUIRE_FALSE(fs::exists(scene.pack));
    word = " is missing from the vault";
  }
  const BackupSummary summary = scene.media.back_up();
  REQUIRE(summary.files.packs_lost_first.size() == 1);
  CHECK(summary.files.packs_lost_first[0] == scene.object() + word);
  write_text(scene.pack, content);
  static_cast<void>(scrub(scene.media.night.run(), {}));
  const BackupSummary back = scene.media.back_up();
  CHECK(back.files.complete());
  CHECK(scene.media.files_of(back.snapshot).at("Attachments/offloaded").content == "offloaded");
}

TEST_CASE("a pack that is gone for good is given up when the user says so, and only then") {
  LostPackScene scene;
  // While it is there, nothing is given up.
  const BackupSummary before = scene.drop_lost();
  CHECK(before.files.given_up == 0);
  CHECK(before.files.missing_kept == 1);
  fs::remove(scene.pack);
  CHECK(scene.media.back_up().files.pack_lost == 1);
  const BackupSummary dropped = scene.drop_lost();
  CHECK(dropped.full);
  CHECK(dropped.files.given_up == 1);
  CHECK(dropped.files.missing == 1);
  CHECK(dropped.files.missing_kept == 0);
  CHECK(dropped.files.complete());
  CHECK(scene.told(FileNotice::Kind::given_up) == 1);
  CHECK(scene.told(FileNotice::Kind::missing) == 0);
  const auto files = scene.media.files_of(dropped.snapshot);
  CHECK(files.at("Attachments/offloaded").row.state == FileState::missing);
  CHECK(files.at("Attachments/here").content == "here");
  const BackupSummary after = scene.media.back_up();
  CHECK(after.files.complete());
  CHECK(after.files.missing == 1);
  CHECK(scene.media.files_of(scene.media.back_up(true).snapshot).size() == 2);
}

TEST_CASE("a folder that cannot be looked into keeps rows whose pack is away") {
  LostPackScene scene;
  scene.take_pack();
  scene.media.put("Attachments/offloaded", "offloaded");
  fs::permissions(scene.media.at("Attachments"), fs::perms::none);
  const NoPrivilege nobody(scene.media.night.folder());
  const BackupSummary summary = scene.drop_lost();
  fs::permissions(scene.media.at("Attachments"), fs::perms::owner_all);
  CHECK(summary.files.unreadable == 1);
  CHECK(summary.files.given_up == 0);
  CHECK(summary.files.pack_lost == 2);
  scene.put_back();
  CHECK(scene.media.files_of(summary.snapshot).at("Attachments/offloaded").content == "offloaded");
}

}  // namespace valise::test
