#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "ops/backup.hpp"
#include "ops/media_scene.hpp"
#include "storage/local_storage.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("a night's catalog grows with what changed, and not with what there is") {
  MediaScene media;
  const auto path_of = [](int i) {
    return "Attachments/" + std::to_string(i % 20) + "/picture-" + std::to_string(i) + ".jpg";
  };
  constexpr int kFiles = 600;
  for (int i = 0; i < kFiles; ++i) media.put(path_of(i), std::to_string(i));
  media.back_up();
  const std::uint64_t unchanged = media.back_up().bytes_added;
  const auto touched = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const fs::path file = media.at(path_of(i * (kFiles / count)));
      fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(60));
    }
    const BackupSummary night = media.back_up();
    CHECK_FALSE(night.full);
    CHECK(night.files.bytes_new == 0);
    return night.bytes_added - unchanged;
  };
  const std::uint64_t one = touched(1);
  const std::uint64_t thirty = touched(30);
  const std::uint64_t half = touched(300);
  CAPTURE(one);
  CAPTURE(thirty);
  CAPTURE(half);
  INFO("a row has 32 bytes of an id that do not compress, and all else");
  CHECK(one < 600);
  CHECK(thirty > one);
  CHECK(thirty < 30 * 150);
  CHECK(half < 300 * 150);
  CHECK(half > 5 * thirty);
}

TEST_CASE("a database is not held while many files are read, and what came meanwhile is taken") {
  MediaScene scene;
  SampleConnection app(scene.database());
  app.execute("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0");
  const std::string film = random_text(20 << 20);
  for (const std::string name : {"a", "b", "c"})
    scene.put("Attachments/" + name, random_text(3 << 20));
  scene.put("Attachments/film", film);
  scene.put("Attachments/later", "as it was");
  LocalStorage storage = LocalStorage::open(scene.night.vault());
  Run run = scene.night.run();
  bool came = false;
  std::int64_t busy = -1;
  run.on_progress = [&](const Progress& progress) {
    if (came || progress.step != "backing up attachments" || progress.done == 0) return;
    came = true;
    // A message, a file that its row names, a file that changes and one that goes.
    app.execute(
        "INSERT INTO message(guid, text, date) VALUES('late', 'it came meanwhile', 1); "
        "INSERT INTO attachment(filename, total_bytes) "
        "VALUES('~/Library/Messages/other/late', 4)");
    scene.put("other/late", "late");
    scene.put("Attachments/later", "as it is now");
    fs::remove(scene.at("Attachments/a"));
    busy = app.number("PRAGMA wal_checkpoint(TRUNCATE)");
  };
  BackupOptions options;
  options.sources = {scene.database()};
  SUBCASE("for long") {
    const HoldLimits limits{std::chrono::seconds(0), 1};
    const BackupSummary summary =
        whole(backup_to(storage, run, options, {}, {}, limits)).sources.at(0);
    CHECK(busy == 0);
    CHECK(summary.messages == 21);
    CHECK(summary.files.files == 5);
    CHECK(summary.files.files_new == 5);
    CHECK(summary.files.gone == 0);
    CHECK(summary.files.missing == 0);
    CHECK(summary.files.bytes_added > film.size());
    CHECK(summary.files.bytes_added < film.size() + (10 << 20));
    const auto files = scene.files_of(summary.snapshot);
    CHECK(files.size() == 5);
    CHECK(files.at("other/late").content == "late");
    CHECK(files.at("Attachments/later").content == "as it is now");
    CHECK(files.at("Attachments/film").content == film);
    // What the passes of the first night left behind is what the second one goes on from.
    run.on_progress = {};
    const BackupSummary second =
        whole(backup_to(storage, run, options, {}, {}, limits)).sources.at(0);
    CHECK(second.files.bytes_added == 0);
    CHECK(second.files.files_new == 0);
    CHECK(second.files.gone == 0);
    CHECK(scene.catalog_records(second.snapshot) == 0);
  }
  SUBCASE("for a moment, it is") {
    const BackupSummary summary = whole(backup_to(storage, run, options, {})).sources.at(0);
    CHECK(busy == 1);
    CHECK(summary.messages == 20);
  }
  CHECK(came);
}

TEST_CASE("files that change while they are read come whole, from one moment") {
  MediaScene scene;
  const std::size_t size = std::size_t{9} << 20;
  scene.put("Attachments/growing", std::string(size, 'a'));
  scene.put("Attachments/small", "s");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    const int fd = open(scene.at("Attachments/growing").c_str(), O_WRONLY | O_APPEND);
    while (!stop) static_cast<void>(!write(fd, "b", 1));
    close(fd);
  });
  const BackupSummary summary = scene.back_up();
  stop = true;
  writer.join();
  // Whether a write fell between the two looks at it is chance; if so it is told.
  CHECK(summary.files.unreadable == scene.notices.size());
  const auto files = scene.files_of(summary.snapshot);
  const std::string& content = files.at("Attachments/growing").content;
  CHECK(content.size() >= size);
  CHECK(content.substr(0, size) == std::string(size, 'a'));
  CHECK(content.find_first_not_of('b', size) == std::string::npos);
  // The next night takes it as it is then.
  const BackupSummary next = scene.back_up();
  CHECK(next.files.unreadable == 0);
  CHECK(scene.files_of(next.snapshot).at("Attachments/growing").content ==
        text_at(scene.at("Attachments/growing")));
}

}  // namespace valise::test
