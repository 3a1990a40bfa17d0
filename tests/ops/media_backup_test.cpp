#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "crypto/random.hpp"
#include "ops/backup.hpp"
#include "ops/media_scene.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/no_privilege.hpp"
#include "support/test_files.hpp"
#include "valise/verify.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

std::string noise(std::size_t size) {
  Bytes bytes(size);
  fill_random(bytes);
  return text_of(bytes);
}

std::vector<std::string> paths_of(const std::vector<FileNotice>& notices, FileNotice::Kind kind) {
  std::vector<std::string> paths;
  for (const FileNotice& notice : notices) {
    if (notice.kind == kind) paths.push_back(notice.path);
  }
  return paths;
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("each snapshot holds the attachments as they were that night") {
  MediaScene scene;
  scene.put("Attachments/a/one.jpg", noise(100'000));
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
  for (int i = 0; i < 2000; ++i) scene.put("Attachments/" + std::to_string(i), noise(10));
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

TEST_CASE("one picture is stored once, whatever it is called") {
  MediaScene scene;
  const std::string picture = noise(300'000);
  const std::string film = noise(std::size_t{20} << 20);
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
  const std::string picture = noise(5'000);
  scene.put("Attachments/0", picture);
  // Enough that the first one's stretch of the catalog is closed long before the last comes.
  for (int i = 1; i < 1000; ++i) scene.put("Attachments/" + std::to_string(i), noise(20));
  scene.put("StickerCache/same", picture);
  const BackupSummary summary = scene.back_up();
  const auto files = scene.files_of(summary.snapshot);
  CHECK(files.at("StickerCache/same").content == picture);
  CHECK(files.at("StickerCache/same").row.pieces.at(0).key ==
        files.at("Attachments/0").row.pieces.at(0).key);
}

TEST_CASE("a file that is moved or only touched is not stored again") {
  MediaScene scene;
  scene.put("Attachments/a", noise(50'000));
  scene.put("Attachments/b", noise(50'000));
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

TEST_CASE("what the rows name and the disk lacks is told, and kept where it was kept before") {
  MediaScene scene;
  scene.put("Attachments/here", "here");
  scene.name("Attachments/here", 4);
  scene.name("Attachments/never", 1234);
  scene.name("Attachments/never", 12);
  scene.name("../outside");
  const BackupSummary first = scene.back_up();
  CHECK(first.files.missing == 1);
  CHECK(first.files.missing_bytes == 1234);
  CHECK(first.files.rows_outside == 1);
  CHECK(paths_of(scene.notices, FileNotice::Kind::missing) == Paths{"Attachments/never"});
  CHECK(scene.files_of(first.snapshot).at("Attachments/never").row.size == 1234);

  fs::remove(scene.at("Attachments/here"));
  const BackupSummary second = scene.back_up();
  CHECK(second.files.missing == 2);
  CHECK(second.files.missing_kept == 1);
  CHECK(second.files.gone == 0);
  CHECK(paths_of(scene.notices, FileNotice::Kind::missing_kept) == Paths{"Attachments/here"});
  CHECK(scene.files_of(second.snapshot).at("Attachments/here").content == "here");

  SampleConnection(scene.database()).execute("DELETE FROM attachment");
  const BackupSummary third = scene.back_up();
  CHECK(third.files.missing == 0);
  CHECK(third.files.gone == 1);
  CHECK(scene.files_of(third.snapshot).empty());
  CHECK(scene.files_of(second.snapshot).at("Attachments/here").content == "here");

  scene.put("Attachments/never", "it came");
  CHECK(scene.files_of(scene.back_up().snapshot).at("Attachments/never").content == "it came");
}

TEST_CASE("where the rows are not read to their end, what they named before is not gone") {
  MediaScene scene;
  const auto execute = [&](const std::string& sql) {
    SampleConnection(scene.database()).execute(sql);
  };
  execute(
      "DROP TABLE attachment; "
      "CREATE TABLE attachment(filename TEXT PRIMARY KEY, total_bytes INTEGER) WITHOUT ROWID");
  scene.put("Attachments/walked", "walked");
  for (const std::string name : {"elsewhere", "kept", "never"}) scene.name("other/" + name, 3);
  scene.put("other/elsewhere", "old");
  scene.put("other/kept", "kept");
  scene.put("Attachments/gone", "gone");
  const BackupSummary first = scene.back_up();
  CHECK(first.files.complete());

  // It stands before all other rows, and cannot be read over.
  execute("INSERT INTO attachment VALUES(replace(hex(zeroblob(1000000)), '0', '!'), 1)");
  fs::remove(scene.at("other/kept"));
  fs::remove(scene.at("Attachments/gone"));
  scene.put("other/elsewhere", "new words");
  const BackupSummary second = scene.back_up();
  CHECK(second.files.rows_cut_short);
  CHECK_FALSE(second.files.complete());
  CHECK(second.files.gone == 0);
  CHECK(second.files.unreadable == 0);
  const auto files = scene.files_of(second.snapshot);
  CHECK(files.size() == 5);
  CHECK(files.at("Attachments/walked").content == "walked");
  CHECK(files.at("Attachments/gone").content == "gone");
  CHECK(files.at("other/elsewhere").content == "new words");
  CHECK(files.at("other/kept").content == "kept");
  CHECK(files.at("other/never").row.state == FileState::missing);
  const StatusReport report = status(scene.night.run(), {});
  CHECK(report.sources.at(0).incomplete);
  CHECK(report.ok());
  // The same again changes nothing.
  CHECK(scene.catalog_records(scene.back_up().snapshot) == 0);

  execute("DELETE FROM attachment WHERE filename LIKE '!%'");
  const BackupSummary last = scene.back_up();
  CHECK(last.files.complete());
  CHECK(last.files.gone == 1);
  CHECK(last.files.missing_kept == 1);
  CHECK(scene.files_of(last.snapshot).size() == 4);
  CHECK_FALSE(status(scene.night.run(), {}).sources.at(0).incomplete);
}

TEST_CASE("a database is not held while many files are read, and what came meanwhile is taken") {
  MediaScene scene;
  SampleConnection app(scene.database());
  app.execute("PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0");
  const std::string film = noise(20 << 20);
  for (const std::string name : {"a", "b", "c"}) scene.put("Attachments/" + name, noise(3 << 20));
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

TEST_CASE("symlinks are recorded, and their targets are not taken along") {
  MediaScene scene;
  scene.put("outside/secret", "s");
  fs::create_directories(scene.at("Attachments"));
  fs::create_symlink("../outside", scene.at("Attachments/link"));
  scene.name("Attachments/link/secret");
  scene.name("Attachments/link/absent");
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.missing == 0);
  CHECK(summary.files.unreadable == 1);
  REQUIRE(scene.notices.size() == 1);
  CHECK(scene.notices[0].kind == FileNotice::Kind::unreadable);
  CHECK(scene.notices[0].path == "Attachments/link");
  CHECK(scene.notices[0].reason.starts_with("2 files named by the database lie behind"));
  const auto files = scene.files_of(summary.snapshot);
  CHECK(files.at("Attachments/link").row.state == FileState::symlink);
  CHECK(files.at("Attachments/link").row.link == "../outside");
  CHECK(files.at("Attachments/link/secret").row.state == FileState::missing);
  CHECK(scene.packs().empty());
}

TEST_CASE("a folder of attachments that was moved, with a symlink in its place, is backed up") {
  MediaScene scene;
  scene.put("Attachments/a/named", noise(1000));
  scene.put("Attachments/b/unnamed", noise(1000));
  scene.name("Attachments/a/named", 1000);
  scene.name("Attachments/c/late", 4);
  CHECK(scene.back_up().files.files == 2);
  const fs::path disk = scene.night.folder() / "disk";
  fs::rename(scene.at("Attachments"), disk);
  fs::create_symlink(disk, scene.at("Attachments"));
  scene.put("Attachments/c/late", "late");
  scene.put("Attachments/large", noise(std::size_t{9} << 20));
  BackupSummary summary = scene.back_up();
  CHECK(summary.files.files == 4);
  CHECK(summary.files.files_new == 2);
  CHECK(summary.files.missing == 0);
  CHECK(summary.files.complete());
  CHECK(scene.notices.empty());
  for (const auto& [path, file] : scene.files_of(summary.snapshot)) {
    CHECK(file.content == text_at(scene.at(path)));
  }
  const RestoreResult result = scene.night.restore();
  CHECK(result.files_refused.count == 0);
  CHECK(result.files == 4);
  CHECK(fs::is_directory(fs::symlink_status(result.folder / "Attachments")));

  // The disk is not there: nothing is lost, and it is told.
  fs::rename(disk, scene.night.folder() / "away");
  summary = scene.back_up();
  CHECK(summary.files.unreadable == 1);
  CHECK(summary.files.missing == 0);
  CHECK(summary.files.gone == 0);
  CHECK(scene.files_of(summary.snapshot).size() == 4);
  REQUIRE(scene.notices.size() == 1);
  CHECK(scene.notices[0].path == "Attachments");
  fs::rename(scene.night.folder() / "away", disk);
  CHECK(scene.back_up().files.files == 4);
}

TEST_CASE("a folder of attachments that is gone or no folder is told, and nothing is dropped") {
  MediaScene scene;
  scene.put("Attachments/named", "named");
  scene.put("Attachments/unnamed", "unnamed");
  scene.name("Attachments/named", 5);
  for (int i = 0; i < 3000; ++i) scene.put("StickerCache/" + std::to_string(i), "");
  CHECK(scene.back_up().files.complete());
  fs::remove_all(scene.at("Attachments"));
  std::string path = "Attachments";
  SUBCASE("gone") { path = "Attachments/"; }
  SUBCASE("a file") { scene.put("Attachments", "x"); }
  SUBCASE("a pipe") { REQUIRE(mkfifo(scene.at("Attachments").c_str(), 0600) == 0); }
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK(summary.files.unreadable == 1);
    CHECK(summary.files.gone == 0);
    REQUIRE(scene.notices.size() == 1);
    CHECK(scene.notices[0].path == path);
    auto files = scene.files_of(summary.snapshot);
    CHECK(files.size() == 3002);
    CHECK(files.at("Attachments/unnamed").content == "unnamed");
  }
  // The way out that is told.
  fs::remove(scene.at("Attachments"));
  fs::create_directory(scene.at("Attachments"));
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.complete());
  CHECK(summary.files.gone == 1);
  CHECK(summary.files.missing_kept == 1);
}

TEST_CASE("a row that names a folder is told as what it is") {
  MediaScene scene;
  scene.put("Attachments/a/f", "x");
  scene.put("Drafts/f", "x");
  scene.name("Attachments/a", 5);
  scene.name("Drafts", 5);
  REQUIRE(mkfifo(scene.at("pipe").c_str(), 0600) == 0);
  scene.name("pipe", 5);
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK(summary.files.files == 1);
    CHECK(summary.files.missing == 0);
    CHECK(summary.files.folders == 2);
    CHECK(summary.files.special == 1);
    CHECK(summary.files.complete());
    CHECK(paths_of(scene.notices, FileNotice::Kind::folder) == Paths{"Attachments/a", "Drafts"});
    CHECK(scene.files_of(summary.snapshot).size() == 1);
  }
}

TEST_CASE("a database that loses a table of its app stays the same source, and keeps its files") {
  MediaScene scene;
  scene.put("Attachments/a", "on the disk");
  scene.put("Attachments/offloaded", "kept");
  scene.name("Attachments/offloaded", 4);
  const BackupSummary first = scene.back_up();
  CHECK(first.absent_tables.empty());
  fs::remove(scene.at("Attachments/offloaded"));
  SampleConnection(scene.database()).execute("DROP TABLE handle");
  const BackupSummary second = scene.back_up();
  CHECK(second.profile == "imessage");
  CHECK(second.source_id == first.source_id);
  CHECK_FALSE(second.full);
  CHECK(second.messages == 20);
  CHECK(second.absent_tables == std::vector<std::string>{"handle"});
  CHECK(second.files.missing_kept == 1);

  // Which files its rows name is not known then: what was kept may still be named.
  SampleConnection(scene.database()).execute("DROP TABLE attachment");
  const BackupSummary third = scene.back_up();
  CHECK(third.absent_tables == std::vector<std::string>{"handle", "attachment"});
  CHECK(third.files.complete());
  CHECK(third.files.gone == 0);
  CHECK(scene.files_of(third.snapshot).at("Attachments/offloaded").content == "kept");
  CHECK(scene.night.restore().messages == 20);
  CHECK(scene.night.warnings.empty());

  // Two are too many: that is told, and the night after it is nothing new.
  SampleConnection(scene.database()).execute("DROP TABLE chat");
  const BackupSummary fourth = scene.back_up();
  CHECK(fourth.profile == "sqlite");
  CHECK(fourth.full);
  REQUIRE(scene.night.warnings.size() == 1);
  CHECK(scene.night.warnings[0].find("as \"imessage\" before") != std::string::npos);
  static_cast<void>(scene.back_up());
  CHECK(scene.night.warnings.size() == 1);
}

TEST_CASE("a pack that goes is sealed again, as long as the files are there") {
  MediaScene scene;
  scene.put("Attachments/a", noise(1000));
  scene.put("Attachments/b", noise(1000));
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

TEST_CASE(
    "a folder that became a file or a link: its files come back, and what gives way is told") {
  MediaScene scene;
  scene.put("Attachments/a/b", "below");
  scene.put("Attachments/l/m", "below");
  scene.name("Attachments/a/b", 5);
  scene.name("Attachments/l/m", 5);
  CHECK(scene.back_up().files.missing == 0);
  fs::remove_all(scene.at("Attachments/a"));
  scene.put("Attachments/a", "a file by now");
  fs::rename(scene.at("Attachments/l"), scene.night.folder() / "elsewhere");
  fs::create_symlink(scene.night.folder() / "elsewhere", scene.at("Attachments/l"));
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.missing_kept == 1);
  CHECK(summary.files.unreadable == 1);
  CHECK(scene.files_of(summary.snapshot).size() == 4);
  const Paths refused{"Attachments/a", "Attachments/l"};
  const auto paths_in = [](const FileFaults& faults) {
    Paths paths;
    for (const FileFault& fault : faults.first) paths.push_back(fault.path);
    return paths;
  };
  const VerifyReport report = verify(scene.night.run(), {}, scene.night.owner());
  CHECK(report.failed == 0);
  CHECK(paths_in(report.snapshots.at(0).files_refused) == refused);
  const RestoreResult result = scene.night.restore();
  CHECK(paths_in(result.files_refused) == refused);
  CHECK(result.files == 2);
  CHECK(text_at(result.folder / "Attachments/a/b") == "below");
  CHECK(text_at(result.folder / "Attachments/l/m") == "below");
}

TEST_CASE("a folder that cannot be looked into costs the next night nothing") {
  MediaScene scene;
  scene.put("Attachments/a", "a");
  scene.put("Drafts/closed/had", "had");
  scene.name("Drafts/closed/had", 3);
  for (int i = 0; i < 300; ++i) scene.name("Drafts/closed/" + std::to_string(i), 7);
  CHECK(scene.back_up().files.missing == 300);
  fs::permissions(scene.at("Drafts/closed"), fs::perms::none);
  const NoPrivilege nobody(scene.night.folder());
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK_FALSE(summary.full);
    CHECK(summary.files.unreadable == 1);
    CHECK(summary.files.missing == 0);
    REQUIRE(scene.notices.size() == 1);
    CHECK(scene.notices[0].path == "Drafts/closed/");
    // The rows are those of the night before.
    CHECK(scene.catalog_records(summary.snapshot) == 0);
    const auto files = scene.files_of(summary.snapshot);
    CHECK(files.size() == 302);
    CHECK(files.at("Drafts/closed/had").content == "had");
    CHECK(files.at("Drafts/closed/7").row.state == FileState::missing);
  }
  fs::permissions(scene.at("Drafts/closed"), fs::perms::owner_all);
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
  scene.put("Attachments/a", noise(1000));
  scene.back_up();
  fs::remove(scene.night.state_file());
  const BackupSummary summary = scene.back_up();
  CHECK(summary.full);
  CHECK(scene.files_of(summary.snapshot).at("Attachments/a").content ==
        text_at(scene.at("Attachments/a")));
}

TEST_CASE("a dry run counts the attachments and writes nothing") {
  MediaScene scene;
  scene.put("Attachments/a", noise(1000));
  scene.put("Attachments/b", noise(1000));
  scene.back_up();
  scene.put("Attachments/b", "changed");
  scene.put("Attachments/c", noise(500));
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
