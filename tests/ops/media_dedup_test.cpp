#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/media_scene.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("one picture is stored once, whatever it is called") {
  MediaScene scene;
  const std::string picture = random_text(300'000);
  const std::string film = random_text(std::size_t{20} << 20);
  for (const char* path : {"Attachments/a", "Attachments/b", "StickerCache/c"}) {
    scene.put(path, picture);
  }
  scene.put("Attachments/film", film);
  CHECK(scene.back_up().files.bytes_added < picture.size() + film.size() + (2U << 20));
  scene.put("Attachments/again", picture);
  scene.put("Attachments/film 2", film);
  const BackupSummary second = scene.back_up();
  CHECK(second.files.files_new == 2);
  CHECK(second.files.bytes_added == 0);
  const auto files = scene.files_of(second.snapshot);
  CHECK(files.at("Attachments/film 2").content == film);
  CHECK(files.at("Attachments/film 2").row.pieces.size() == 3);
  CHECK(files.at("Attachments/again").content == picture);
}

TEST_CASE("a content is stored once however many files lie between two of it") {
  MediaScene scene;
  const std::string picture = random_text(5'000);
  scene.put("Attachments/0", picture);
  // Enough that the first one's stretch of the catalog is closed long before the last comes.
  for (int i = 1; i < 1000; ++i) scene.put("Attachments/" + std::to_string(i), random_text(20));
  scene.put("StickerCache/same", picture);
  const BackupSummary summary = scene.back_up();
  const auto files = scene.files_of(summary.snapshot);
  CHECK(files.at("StickerCache/same").content == picture);
  CHECK(files.at("StickerCache/same").row.pieces.at(0).key ==
        files.at("Attachments/0").row.pieces.at(0).key);
}

TEST_CASE("a file that is moved or only touched is not stored again") {
  MediaScene scene;
  scene.put("Attachments/a", random_text(50'000));
  scene.put("Attachments/b", random_text(50'000));
  scene.back_up();
  fs::rename(scene.at("Attachments/a"), scene.at("Attachments/z"));
  fs::last_write_time(scene.at("Attachments/b"), fs::file_time_type::clock::now());
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.bytes_added == 0);
  CHECK(summary.files.gone == 1);
  CHECK(summary.files.files_new == 1);
  const auto files = scene.files_of(summary.snapshot);
  CHECK(files.size() == 2);
  CHECK(files.at("Attachments/z").content == text_at(scene.at("Attachments/z")));
}

TEST_CASE("a change that leaves size and time as they were is seen") {
  MediaScene scene;
  scene.put("Attachments/a", "aaaa");
  scene.back_up();
  struct stat info {};
  REQUIRE(stat(scene.at("Attachments/a").c_str(), &info) == 0);
  const int fd = open(scene.at("Attachments/a").c_str(), O_WRONLY);
  REQUIRE(pwrite(fd, "bbbb", 4, 0) == 4);
  close(fd);
  const struct timespec times[2] = {info.st_atim, info.st_mtim};
  REQUIRE(utimensat(AT_FDCWD, scene.at("Attachments/a").c_str(), times, 0) == 0);
  CHECK(scene.files_of(scene.back_up().snapshot).at("Attachments/a").content == "bbbb");
}

}  // namespace valise::test
