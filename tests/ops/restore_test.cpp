#include "valise/restore.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/files.hpp"
#include "storage/local_storage.hpp"
#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/file_size_limit.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/test_files.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

/// A vault with one night of `chat.db`, and a folder to restore into.
struct RestoreScene {
  RestoreScene() {
    make_database(source, {.rows = 900});
    static_cast<void>(fixture.night(source));
  }
  RestoreResult restore_to(const RestoreOptions& options) {
    return valise::restore(fixture.elsewhere("other"), options, fixture.owner());
  }
  void old_set() {
    fs::create_directories(to);
    for (const char* const suffix : {"", "-wal", "-shm", "-journal"}) {
      write_text(to / ("chat.db" + std::string(suffix)), "old" + std::string(suffix));
    }
  }
  void old_set_stands() {
    CHECK(names_in(to) ==
          std::vector<std::string>{"chat.db", "chat.db-journal", "chat.db-shm", "chat.db-wal"});
    for (const char* const suffix : {"", "-wal", "-shm", "-journal"}) {
      CHECK(text_at(to / ("chat.db" + std::string(suffix))) == "old" + std::string(suffix));
    }
  }
  void damage_the_container() {
    for (const auto& entry : fs::recursive_directory_iterator(fixture.vault() / "backups")) {
      if (!entry.is_regular_file()) continue;
      Bytes bytes = read_all(entry.path());
      bytes[3000] ^= 1;
      static_cast<void>(write_file(entry.path(), bytes, 0600, Existing::replace));
    }
  }
  NightFixture fixture;
  fs::path source = fixture.folder() / "chat.db";
  fs::path to = fixture.folder() / "to";
};

}  // namespace

TEST_CASE("restore refuses a target of which any file stands there") {
  RestoreScene scene;
  for (const char* const name : {"chat.db", "chat.db-wal", "chat.db-shm", "chat.db-journal"}) {
    fs::remove_all(scene.to);
    fs::create_directory(scene.to);
    write_text(scene.to / name, "old");
    const auto work = [&] { static_cast<void>(scene.restore_to(into(scene.to))); };
    CHECK(kind_of(work) == ErrorKind::usage);
    CHECK(message_of(work).find((scene.to / name).string()) == 0);
    CHECK(message_of(work).find("--overwrite") != std::string::npos);
    CHECK(names_in(scene.to) == std::vector<std::string>{name});
    CHECK(text_at(scene.to / name) == "old");
  }
  // A dangling link is something that stands there, too.
  fs::remove_all(scene.to);
  fs::create_directory(scene.to);
  fs::create_symlink("elsewhere", scene.to / "chat.db");
  CHECK(kind_of([&] { static_cast<void>(scene.restore_to(into(scene.to))); }) == ErrorKind::usage);
}

TEST_CASE("restore with overwrite replaces the database and all that SQLite keeps beside it") {
  RestoreScene scene;
  scene.old_set();
  write_text(scene.to / "notes.txt", "not ours");
  const RestoreResult restored = scene.restore_to(over(scene.to));
  CHECK(names_in(scene.to) == std::vector<std::string>{"chat.db", "notes.txt"});
  CHECK(row_difference(scene.source, restored.database) == "");
}

TEST_CASE("a stale wal of a newer database does not show through the restored one") {
  RestoreScene scene;
  fs::create_directory(scene.to);
  const fs::path live = scene.fixture.folder() / "live.db";
  make_database(live, {.journal_mode = "wal", .rows = 900});
  SampleConnection app(live);
  app.execute("PRAGMA wal_autocheckpoint = 0; UPDATE note SET body = 'stale'");
  fs::copy_file(live, scene.to / "chat.db");
  fs::copy_file(live.string() + "-wal", scene.to / "chat.db-wal");
  REQUIRE(fs::file_size(scene.to / "chat.db-wal") > 10'000);
  const RestoreResult restored = scene.restore_to(over(scene.to));
  CHECK(row_difference(scene.source, restored.database) == "");
}

TEST_CASE("a restore that fails leaves the old set and nothing of its own") {
  RestoreScene scene;
  scene.old_set();
  SUBCASE("the container is damaged") {
    scene.damage_the_container();
    const auto work = [&] { static_cast<void>(scene.restore_to(over(scene.to))); };
    CHECK(kind_of(work) == ErrorKind::corrupt);
    CHECK(message_of(work).find("backups/") != std::string::npos);
  }
  SUBCASE("there is no room") {
    for (const rlim_t limit : {0U, 4096U, 50'000U}) {
      std::optional<ErrorKind> kind;
      {
        const FileSizeLimit no_room(limit);
        kind = kind_of([&] { static_cast<void>(scene.restore_to(over(scene.to))); });
      }
      CHECK(kind == ErrorKind::storage);
      scene.old_set_stands();
    }
  }
  SUBCASE("the key is wrong") {
    const auto wrong = [] {
      return Unlock{Unlock::Kind::passphrase, Secret::copy_of(bytes_of("nobody's")), std::nullopt};
    };
    CHECK(kind_of([&] {
            static_cast<void>(restore(scene.fixture.run(), over(scene.to), wrong));
          }) == ErrorKind::not_found);
  }
  scene.old_set_stands();
}

TEST_CASE("a restore into an empty folder that fails leaves it empty") {
  RestoreScene scene;
  scene.damage_the_container();
  CHECK(kind_of([&] { static_cast<void>(scene.restore_to(into(scene.to))); }) ==
        ErrorKind::corrupt);
  CHECK(names_in(scene.to).empty());
}

TEST_CASE("what appears at the target during a restore is left alone") {
  RestoreScene scene;
  Run run = scene.fixture.elsewhere("other");
  run.on_progress = [&](const Progress&) { write_text(scene.to / "chat.db", "a newcomer"); };
  const auto work = [&] { static_cast<void>(restore(run, into(scene.to), scene.fixture.owner())); };
  CHECK(kind_of(work) == ErrorKind::storage);
  CHECK(names_in(scene.to) == std::vector<std::string>{"chat.db"});
  CHECK(text_at(scene.to / "chat.db") == "a newcomer");
}

TEST_CASE("an old set that can only be moved in part is put back") {
  RestoreScene scene;
  scene.old_set();
  const auto end = run_in_child([&] {
    if (geteuid() != 0) return 77;
    // In a folder with the sticky bit, only a file's owner may move it: the -wal is root's.
    constexpr unsigned kNobody = 65534;
    for (const auto& entry : fs::recursive_directory_iterator(scene.fixture.folder())) {
      if (entry.path() == scene.to || entry.path() == scene.to / "chat.db-wal") continue;
      if (chown(entry.path().c_str(), kNobody, kNobody) != 0) return 2;
    }
    if (chown(scene.fixture.folder().c_str(), kNobody, kNobody) != 0) return 2;
    if (chmod(scene.to.c_str(), 01777) != 0) return 3;
    if (chmod((scene.to / "chat.db-wal").c_str(), 0644) != 0) return 3;
    if (!give_up_privileges()) return 4;
    const auto work = [&] { static_cast<void>(scene.restore_to(over(scene.to))); };
    if (kind_of(work) != ErrorKind::storage) return 5;
    if (message_of(work).find((scene.to / "chat.db-wal").string()) == std::string::npos) return 6;
    return 0;
  });
  if (end.exit_code == 77) {
    MESSAGE("not tried here: a file that its owner's neighbour may not move needs root");
    return;
  }
  CHECK(end.exit_code == 0);
  scene.old_set_stands();
}

TEST_CASE("what an interrupted restore left goes with the next one") {
  RestoreScene scene;
  fs::create_directory(scene.to);
  write_text(scene.to / "chat.db.valise-0123456789abcdef.partial", std::string(5'000'000, 'x'));
  const RestoreResult restored = scene.restore_to(into(scene.to));
  CHECK(row_difference(scene.source, restored.database) == "");
  CHECK(names_in(scene.to) == std::vector<std::string>{"chat.db"});
}

TEST_CASE("what only looks like an unfinished restore is left alone") {
  RestoreScene scene;
  fs::create_directory(scene.to);
  const fs::path precious = scene.fixture.folder() / "precious";
  write_text(precious, "precious");
  const std::vector<std::string> theirs{"chat.db.partial", "chat.db.valise-0123456789abcde.partial",
                                        "chat.db.valise-0123456789abcdeX.partial",
                                        "chat.db.valise-0123456789abcdef0.partial",
                                        "other.db.valise-0123456789abcdef.partial"};
  for (const std::string& name : theirs) write_text(scene.to / name, "theirs");
  const fs::path link = scene.to / "chat.db.valise-0123456789abcdef.partial";
  fs::create_symlink(precious, link);
  static_cast<void>(scene.restore_to(into(scene.to)));
  for (const std::string& name : theirs) CHECK(text_at(scene.to / name) == "theirs");
  CHECK(fs::is_symlink(link));
  CHECK(text_at(precious) == "precious");
}

TEST_CASE("of two restores into one folder at once neither disturbs the other") {
  RestoreScene scene;
  Run run = scene.fixture.elsewhere("other");
  bool second_done = false;
  run.on_progress = [&](const Progress&) {
    if (second_done) return;
    second_done = true;
    const RestoreResult second = scene.restore_to(into(scene.to));
    CHECK(row_difference(scene.source, second.database) == "");
  };
  const auto first = [&] {
    static_cast<void>(restore(run, into(scene.to), scene.fixture.owner()));
  };
  CHECK(kind_of(first) == ErrorKind::storage);
  CHECK(second_done);
  CHECK(names_in(scene.to) == std::vector<std::string>{"chat.db"});
  CHECK(row_difference(scene.source, scene.to / "chat.db") == "");
}

TEST_CASE("an unfinished restore that was replaced under way is not taken for the database") {
  RestoreScene scene;
  Run run = scene.fixture.elsewhere("other");
  run.on_progress = [&](const Progress&) {
    for (const std::string& name : names_in(scene.to)) {
      fs::remove(scene.to / name);
      write_text(scene.to / name, "another's");
    }
  };
  const auto work = [&] { static_cast<void>(restore(run, into(scene.to), scene.fixture.owner())); };
  CHECK(kind_of(work) == ErrorKind::storage);
  CHECK(message_of(work).find("replaced while it was written") != std::string::npos);
  CHECK_FALSE(fs::exists(scene.to / "chat.db"));
}

TEST_CASE("overwriting a link replaces the link and not what it leads to") {
  RestoreScene scene;
  fs::create_directory(scene.to);
  const fs::path precious = scene.fixture.folder() / "precious";
  write_text(precious, "precious");
  fs::create_symlink(precious, scene.to / "chat.db");
  const RestoreResult restored = scene.restore_to(over(scene.to));
  CHECK_FALSE(fs::is_symlink(restored.database));
  CHECK(text_at(precious) == "precious");
}

TEST_CASE("a target that is no folder is refused") {
  RestoreScene scene;
  write_text(scene.to, "a file");
  CHECK(kind_of([&] { static_cast<void>(scene.restore_to(into(scene.to))); }) ==
        ErrorKind::storage);
  CHECK(text_at(scene.to) == "a file");
}

TEST_CASE("a restored database is private to its owner") {
  RestoreScene scene;
  const RestoreResult restored = scene.restore_to(into(scene.to));
  CHECK((fs::status(restored.database).permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a source that was damaged itself restores as it was, with a warning by level of check") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_database(source, {.rows = 900});
  std::int64_t root = 0;
  {
    SampleConnection app(source);
    root = app.number("SELECT rootpage FROM sqlite_master WHERE name = 'note_by_body'");
  }
  {
    // The index's root says that it holds more free fragments than it does.
    std::fstream file(source, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp((root - 1) * 4096 + 7);
    file.put(40);
  }
  static_cast<void>(fixture.night(source));
  for (const CheckLevel level : {CheckLevel::none, CheckLevel::quick, CheckLevel::full}) {
    RestoreOptions options;
    options.to = fixture.folder() / ("to" + std::to_string(static_cast<int>(level)));
    options.check = level;
    const RestoreResult restored = restore(fixture.elsewhere("other"), options, fixture.owner());
    CHECK(restored.check == level);
    CHECK(restored.check_problems.empty() == (level == CheckLevel::none));
    CHECK(read_all(restored.database).size() == read_all(source).size());
    CHECK(SampleConnection(restored.database).number("SELECT count(*) FROM note NOT INDEXED") ==
          900);
  }
  const VerifyReport verified = verify(fixture.elsewhere("v"), {}, fixture.owner());
  REQUIRE(verified.snapshots.size() == 1);
  CHECK(verified.snapshots[0].ok);
  CHECK_FALSE(verified.snapshots[0].check_problems.empty());
}

TEST_CASE("of two sources of one name the newest is taken, and that is told") {
  NightFixture fixture;
  fs::create_directories(fixture.folder() / "one");
  fs::create_directories(fixture.folder() / "two");
  const fs::path first = fixture.folder() / "one" / "chat.db";
  const fs::path second = fixture.folder() / "two" / "chat.db";
  make_database(first, {.rows = 300});
  make_database(second, {.rows = 200});
  const BackupSummary older = fixture.night(first);
  const BackupSummary newer = fixture.night(second);
  fixture.warnings.clear();
  CHECK(fixture.restore("latest", "chat.db").snapshot == newer.snapshot);
  REQUIRE(fixture.warnings.size() == 1);
  CHECK(fixture.warnings[0].find(older.source_id.substr(0, 8)) != std::string::npos);
  fixture.warnings.clear();
  CHECK(fixture.restore("latest", older.source_id.substr(0, 8)).snapshot == older.snapshot);
  CHECK(fixture.warnings.empty());
}

TEST_CASE("snapshots are named by latest, by an id's beginning, by date and by source") {
  NightFixture fixture;
  const fs::path first = fixture.folder() / "first.db";
  const fs::path second = fixture.folder() / "second.db";
  make_database(first, {.rows = 300});
  make_database(second, {.rows = 200});
  fixture.clock.set(1'767'225'600);  // 2026-01-01
  const BackupReport nights = fixture.night({first, second});
  SampleConnection(first).execute("DELETE FROM note WHERE id = 3");
  const BackupSummary third = fixture.night(first);
  fixture.warnings.clear();
  CHECK(fixture.restore().snapshot == third.snapshot);
  REQUIRE(fixture.warnings.size() == 1);
  CHECK(fixture.warnings[0].find("2 sources hold such a snapshot, of which the newest was taken, " +
                                 third.snapshot.substr(0, 8)) == 0);
  for (const BackupSummary& night : nights.sources) {
    CHECK(fixture.warnings[0].find(night.source_id.substr(0, 8), 80) != std::string::npos);
  }
  static_cast<void>(verify(fixture.elsewhere("v"), {}, fixture.owner()));
  CHECK(fixture.warnings.size() == 2);
  CHECK(fixture.restore("latest", "second.db").snapshot == nights.sources[1].snapshot);
  CHECK(fixture.restore("latest", nights.sources[1].source_id.substr(0, 8)).snapshot ==
        nights.sources[1].snapshot);
  CHECK(fixture.restore("2026-01-02", "first.db").snapshot == nights.sources[0].snapshot);
  CHECK(fixture.restore("2026-12-31").snapshot == third.snapshot);
  CHECK(fixture.restore(nights.sources[0].snapshot.substr(0, 12)).messages ==
        nights.sources[0].messages);
  CHECK(fixture.warnings.size() == 3);  // by the date alone, without a source
  CHECK(kind_of([&] { static_cast<void>(fixture.restore("2025-01-01")); }) == ErrorKind::not_found);
  CHECK(kind_of([&] { static_cast<void>(fixture.restore("00000000000000")); }) ==
        ErrorKind::not_found);
  CHECK(kind_of([&] { static_cast<void>(fixture.restore("latest", "third.db")); }) ==
        ErrorKind::not_found);
  CHECK(message_of([&] {
          static_cast<void>(fixture.restore("latest", "third.db"));
        }).find("\"third.db\"") != std::string::npos);
  CHECK(kind_of([&] { static_cast<void>(fixture.restore("the newest")); }) == ErrorKind::usage);
}
