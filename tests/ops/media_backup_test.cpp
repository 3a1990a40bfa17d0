#include <doctest/doctest.h>

#include "ops/media_scene.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("each snapshot holds the attachments as they were that night") {
  MediaScene scene;
  scene.put("Attachments/a/one.jpg", random_text(100'000));
  scene.put("Attachments/b/two.txt", std::string(50'000, 'x'));
  scene.put("Attachments/empty", "");
  scene.put("Attachments/old", "gone tomorrow");
  scene.put("StickerCache/s", "sticker");
  scene.put("elsewhere", "no root, and no row names it");
  scene.put("Named/by a row", "taken");
  scene.name("Named/by a row");
  fs::permissions(scene.at("Attachments/a/one.jpg"), fs::perms(0640));
  const BackupSummary first = scene.back_up();
  CHECK(first.files.files == 6);
  CHECK(first.files.files_new == 6);
  CHECK(first.files.unreadable == 0);
  auto files = scene.files_of(first.snapshot);
  CHECK(files.size() == 6);
  for (const auto& [path, file] : files) CHECK(file.content == text_at(scene.at(path)));
  CHECK(files.at("Attachments/a/one.jpg").row.mode == 0640);
  CHECK(scene.refs_of(first.snapshot) == 1);

  const std::string before = files.at("Attachments/b/two.txt").content;
  scene.put("Attachments/b/two.txt", "changed");
  scene.put("Attachments/c", "new");
  fs::remove(scene.at("Attachments/old"));
  const BackupSummary second = scene.back_up();
  CHECK_FALSE(second.full);
  CHECK(second.files.files == 6);
  CHECK(second.files.files_new == 2);
  CHECK(second.files.gone == 1);
  files = scene.files_of(second.snapshot);
  CHECK(files.size() == 6);
  for (const auto& [path, file] : files) CHECK(file.content == text_at(scene.at(path)));
  CHECK(scene.refs_of(second.snapshot) == 1);
  files = scene.files_of(first.snapshot);
  CHECK(files.at("Attachments/b/two.txt").content == before);
  CHECK(files.at("Attachments/old").content == "gone tomorrow");

  const BackupSummary third = scene.back_up(true);
  CHECK(third.full);
  CHECK(third.files.files_new == 0);
  CHECK(third.files.bytes_added == 0);
  CHECK(scene.refs_of(third.snapshot) == 2);
  files = scene.files_of(third.snapshot);
  CHECK(files.size() == 6);
  for (const auto& [path, file] : files) CHECK(file.content == text_at(scene.at(path)));
}

TEST_CASE("a night without a change adds no media byte and no catalog record") {
  MediaScene scene;
  for (int i = 0; i < 2000; ++i) scene.put("Attachments/" + std::to_string(i), random_text(10));
  const BackupSummary first = scene.back_up();
  CHECK(first.files.files == 2000);
  CHECK(scene.catalog_records(first.snapshot) == 1);
  const auto packs = scene.packs();
  // Young files are read again, since a change of them could hide; that adds nothing either.
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK(summary.files.files == 2000);
    CHECK(summary.files.files_new == 0);
    CHECK(summary.files.bytes_added == 0);
    CHECK(scene.catalog_records(summary.snapshot) == 0);
    CHECK(scene.packs() == packs);
    CHECK(scene.files_of(summary.snapshot).size() == 2000);
  }
}

TEST_CASE("names of any bytes come back as they were") {
  MediaScene scene;
  for (const char* path : {"Attachments/line\nbreak", "Attachments/\xff\xfe", "Attachments/ ",
                           "Attachments/..a/...", "Attachments/quote'\"\\"}) {
    scene.put(path, path);
  }
  const std::string longest = "Attachments/" + std::string(200, 'n');
  scene.put(longest, "l");
  const auto files = scene.files_of(scene.back_up().snapshot);
  CHECK(files.size() == 6);
  for (const auto& [path, file] : files) CHECK(file.content == text_at(scene.at(path)));
}

TEST_CASE("a source whose state is lost is backed up anew") {
  MediaScene scene;
  scene.put("Attachments/a", random_text(1000));
  scene.back_up();
  fs::remove(scene.night.state_file());
  const BackupSummary summary = scene.back_up();
  CHECK(summary.full);
  CHECK(scene.files_of(summary.snapshot).at("Attachments/a").content ==
        text_at(scene.at("Attachments/a")));
}

TEST_CASE("a pack that goes is sealed again, as long as the files are there") {
  MediaScene scene;
  scene.put("Attachments/a", random_text(1000));
  scene.put("Attachments/b", random_text(1000));
  scene.back_up();
  REQUIRE(scene.packs().size() == 1);
  fs::remove(scene.packs().front());
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.complete());
  CHECK(summary.files.bytes_added > 0);
  const auto files = scene.files_of(summary.snapshot);
  for (const std::string path : {"Attachments/a", "Attachments/b"}) {
    CHECK(files.at(path).content == text_at(scene.at(path)));
  }
}

TEST_CASE("a dry run counts the attachments and writes nothing") {
  MediaScene scene;
  scene.put("Attachments/a", random_text(1000));
  scene.put("Attachments/b", random_text(1000));
  scene.back_up();
  scene.put("Attachments/b", "changed");
  scene.put("Attachments/c", random_text(500));
  fs::remove(scene.at("Attachments/a"));
  const auto packs = scene.packs();
  BackupOptions options;
  options.sources = {scene.database()};
  options.dry_run = true;
  const BackupSummary summary = whole(backup(scene.night.run(), options)).sources.at(0);
  CHECK(summary.files.files == 2);
  CHECK(summary.files.files_new == 2);
  CHECK(summary.files.bytes_new == 507);
  CHECK(summary.files.gone == 1);
  CHECK(scene.packs() == packs);
}

}  // namespace valise::test
