// Input that is no database, or one at the edges of what SQLite allows; a vault that cannot be
// used.

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

#include <fstream>
#include <random>

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

Bytes noise(std::size_t size) {
  std::mt19937 random(5);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

std::vector<std::string> all_paths_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A backup that must fail as an unreadable source, say why, and leave everything as it was.
void refuses(NightFixture& fixture, const fs::path& source, const std::string& words) {
  CAPTURE(source.string());
  const auto objects = all_paths_in(fixture.vault());
  const auto beside = all_paths_in(source.parent_path());
  const auto work = [&] { static_cast<void>(fixture.night(source)); };
  CHECK(kind_of(work) == ErrorKind::source);
  const std::string message = message_of(work);
  CAPTURE(message);
  CHECK(message.find(source.filename().string()) != std::string::npos);
  CHECK(message.find(words) != std::string::npos);
  CHECK(all_paths_in(fixture.vault()) == objects);
  CHECK(all_paths_in(source.parent_path()) == beside);
}

/// Hands everything below `folder` to a user without privileges, and becomes that user.
bool become_nobody(const fs::path& folder) {
  if (geteuid() == 0) {
    constexpr unsigned kNobody = 65534;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (lchown(entry.path().c_str(), kNobody, kNobody) != 0) return false;
    }
    if (chown(folder.c_str(), kNobody, kNobody) != 0) return false;
  }
  return give_up_privileges();
}

}  // namespace

TEST_CASE("what is no database is refused in words, and nothing is written") {
  NightFixture fixture;
  const fs::path in = fixture.folder() / "sources";
  fs::create_directory(in);
  write_bytes(in / "letter.txt", bytes_of("Dear Sir or Madam, this is a letter and no database."));
  refuses(fixture, in / "letter.txt", "is not a SQLite database");
  write_bytes(in / "noise.db", noise(20'000));
  refuses(fixture, in / "noise.db", "looks encrypted");
  write_bytes(in / "msgstore.db.crypt15", noise(20'000));
  refuses(fixture, in / "msgstore.db.crypt15", "encrypted");
  write_bytes(in / "empty.db", {});
  refuses(fixture, in / "empty.db", "is empty");
  refuses(fixture, in / "absent.db", "no such file");
  make_database(in / "cut.db", {.rows = 900});
  fs::resize_file(in / "cut.db", fs::file_size(in / "cut.db") / 2 + 100);
  refuses(fixture, in / "cut.db", "is truncated");
  make_database(in / "header.db", {.rows = 900});
  fs::resize_file(in / "header.db", 60);
  refuses(fixture, in / "header.db", "header.db");
  REQUIRE(mkfifo((in / "pipe.db").c_str(), 0600) == 0);
  refuses(fixture, in / "pipe.db", "is not a regular file");
}

TEST_CASE("a folder without a database that a profile knows is refused in words") {
  NightFixture fixture;
  const fs::path in = fixture.folder() / "sources";
  fs::create_directories(in / "none");
  refuses(fixture, in / "none", "holds no message database");
  fs::create_directory(in / "plain");
  make_database(in / "plain" / "a.sqlite", {.rows = 10});
  refuses(fixture, in / "plain", "a.sqlite");
  fs::create_directory(in / "two");
  make_imessage_database(in / "two" / "a.db", 3);
  make_imessage_database(in / "two" / "b.db", 3);
  refuses(fixture, in / "two", "holds several message databases");
  fs::create_directory(in / "one");
  make_imessage_database(in / "one" / "chat.db", 3);
  const BackupSummary summary = fixture.night(in / "one");
  CHECK(summary.profile == "imessage");
  CHECK(summary.messages == 3);
}

TEST_CASE("a database that the user may not read is refused in words") {
  NightFixture fixture;
  const fs::path in = fixture.folder() / "sources";
  fs::create_directory(in);
  make_database(in / "a.db", {.rows = 10});
  const auto end = run_in_child([&] {
    if (!become_nobody(fixture.folder())) return 2;
    fs::permissions(in / "a.db", fs::perms::none);
    const auto work = [&] { static_cast<void>(fixture.night(in / "a.db")); };
    if (kind_of(work) != ErrorKind::source) return 3;
    if (message_of(work).find("no permission to read " + (in / "a.db").string()) != 0) return 4;
    fs::permissions(in / "a.db", fs::perms::owner_read);
    fs::permissions(in, fs::perms::none);
    if (kind_of(work) != ErrorKind::source) return 5;
    // Readable, in a folder that is not writable: enough for a backup.
    fs::permissions(in, fs::perms::owner_read | fs::perms::owner_exec);
    const BackupSummary summary = fixture.night(in / "a.db");
    fs::permissions(in, fs::perms::owner_all);
    return summary.full ? 0 : 6;
  });
  CHECK(end.exit_code == 0);
}

TEST_CASE("a database behind a symbolic link is one source, whatever name leads to it") {
  NightFixture fixture;
  make_database(fixture.folder() / "a.db", {.rows = 900});
  fs::create_symlink("a.db", fixture.folder() / "link.db");
  const BackupSummary first = fixture.night(fixture.folder() / "a.db");
  const BackupSummary second = fixture.night(fixture.folder() / "link.db");
  CHECK(first.source_id == second.source_id);
  CHECK_FALSE(second.full);
}

TEST_CASE("the smallest databases come back") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  SUBCASE("one page") {
    SampleConnection(source).execute("PRAGMA page_size = 512; PRAGMA user_version = 3");
  }
  SUBCASE("one empty table") { SampleConnection(source).execute("CREATE TABLE t(x)"); }
  for (int night = 0; night < 3; ++night) {
    SampleConnection(source).execute("PRAGMA user_version = " + std::to_string(night + 10));
    const BackupSummary summary = fixture.night(source);
    // Of a chain of the smallest containers, two make up half soon.
    if (night < 2) CHECK(summary.full == (night == 0));
    const RestoreResult restored = fixture.restore();
    CHECK(row_difference(source, restored.database) == "");
  }
}

TEST_CASE("a database over 1 GiB comes back without its lock page") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "large.db";
  constexpr std::uint32_t kPageSize = 65536;
  constexpr std::uint32_t kPagesBelow = 16384;  // The lock page is the next one.
  {
    SampleConnection app(source);
    app.execute("PRAGMA page_size = 65536; CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
    app.execute("INSERT INTO t VALUES(1, 'before')");
  }
  // A file of 1 GiB full of holes: SQLite takes its pages for used ones and goes on behind them.
  fs::resize_file(source, std::uint64_t{kPagesBelow} * kPageSize);
  {
    std::fstream header(source, std::ios::binary | std::ios::in | std::ios::out);
    header.seekp(28);
    header.write("\x00\x00\x40\x00", 4);
  }
  SampleConnection app(source);
  app.execute("INSERT INTO t VALUES(2, randomblob(300000))");
  REQUIRE(app.number("PRAGMA page_count") > kPagesBelow + 4);
  const BackupSummary full = fixture.night(source);
  CHECK(full.full);
  CHECK(full.pages == static_cast<std::uint64_t>(app.number("PRAGMA page_count")));
  CHECK(full.bytes_added < 1'500'000);

  app.execute("UPDATE t SET x = randomblob(200000) WHERE id = 2");
  const BackupSummary increment = fixture.night(source);
  CHECK_MESSAGE(!increment.full, increment.why_full);
  CHECK(increment.pages_changed >= 3);
  CHECK(increment.pages_changed <= 12);

  const RestoreResult restored =
      restore(fixture.elsewhere("other"),
              snapshot_into("latest", fixture.folder() / "to", CheckLevel::none), fixture.owner());
  CHECK(restored.chain_length == 2);
  CHECK(restored.pages == increment.pages);
  CHECK(fs::file_size(restored.database) == increment.pages * kPageSize);
  const std::string rows = "SELECT * FROM t";
  CHECK(SampleConnection(restored.database).rows(rows) == app.rows(rows));
  std::ifstream file(restored.database, std::ios::binary);
  file.seekg(std::int64_t{kPagesBelow} * kPageSize);
  std::string lock_page(kPageSize, 'x');
  file.read(lock_page.data(), kPageSize);
  CHECK(lock_page == std::string(kPageSize, '\0'));

  INFO("copies of both, too");
  CopyOptions options;
  options.snapshots = {full.snapshot, increment.snapshot};
  options.to = fixture.vault();
  const CopyReport copied = copy_snapshots(fixture.run(), options, fixture.owner());
  REQUIRE(copied.copies.size() == 2);
  CHECK_FALSE(copied.copies[1].full);
  CHECK(copied.copies[1].pages_changed == increment.pages_changed);
  const RestoreResult copy =
      restore(fixture.elsewhere("other"),
              snapshot_into(copied.copies[1].snapshot, fixture.folder() / "copy", CheckLevel::none),
              fixture.owner());
  CHECK(fs::file_size(copy.database) == increment.pages * kPageSize);
  CHECK(SampleConnection(copy.database).rows(rows) == app.rows(rows));
}

TEST_CASE("a vault that is not there, or is none, is refused in words") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 900});
  static_cast<void>(fixture.night(source));
  const auto every_verb = [&](ErrorKind kind, const std::string& words) {
    const std::function<void()> verbs[] = {
        [&] { static_cast<void>(fixture.night(source)); },
        [&] { static_cast<void>(fixture.restore()); },
        [&] { static_cast<void>(verify(fixture.run(), {}, fixture.owner())); },
        [&] { static_cast<void>(scrub(fixture.run(), {})); },
        [&] { static_cast<void>(audit(fixture.run(), {})); },
        [&] { static_cast<void>(list_snapshots(fixture.run(), {})); }};
    for (const auto& verb : verbs) {
      CHECK(kind_of(verb) == kind);
      CHECK(message_of(verb).find(words) != std::string::npos);
    }
  };
  const fs::path object = fixture.vault() / "vault";
  Bytes bytes = read_all(object);
  SUBCASE("no folder") {
    fs::rename(fixture.vault(), fixture.folder() / "moved");
    every_verb(ErrorKind::not_found, fixture.vault().string());
    CHECK_FALSE(fs::exists(fixture.vault()));
  }
  SUBCASE("no vault in the folder") {
    fs::remove(object);
    every_verb(ErrorKind::not_found, "there is no vault here");
  }
  SUBCASE("cut") {
    write_bytes(object, ByteSpan(bytes).first(20));
    every_verb(ErrorKind::corrupt, "vault");
  }
  SUBCASE("longer") {
    append(bytes, Bytes(100'000, 1));
    write_bytes(object, bytes);
    every_verb(ErrorKind::corrupt, "vault");
  }
  SUBCASE("something else") {
    write_bytes(object, Bytes(bytes.size(), 'x'));
    every_verb(ErrorKind::corrupt, "not a valise vault");
  }
  SUBCASE("of a newer version") {
    bytes[7] = '2';
    write_bytes(object, bytes);
    every_verb(ErrorKind::corrupt, "newer");
  }
}

TEST_CASE("a container of a newer version is told from a damaged one") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 900});
  static_cast<void>(fixture.night(source));
  fs::path container;
  for (const std::string& name : all_paths_in(fixture.vault() / "backups")) container = name;
  Bytes bytes = read_all(container);
  REQUIRE(bytes[6] == '1');
  bytes[6] = '2';
  write_bytes(container, bytes);
  const auto work = [&] { static_cast<void>(fixture.restore()); };
  CHECK(kind_of(work) == ErrorKind::corrupt);
  const std::string message = message_of(work);
  CAPTURE(message);
  CHECK(message.find(container.filename().string()) != std::string::npos);
  CHECK(message.find("newer") != std::string::npos);
}

TEST_CASE("a vault without room fails the backup and keeps the older snapshots") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 100});
  static_cast<void>(fixture.night(source));
  SampleConnection(source).execute("UPDATE note SET extra = randomblob(2000)");
  // The state needs less room than this, the container more: the pages are noise.
  for (const rlim_t limit : {1000U, 40'000U, 150'000U}) {
    CAPTURE(limit);
    std::string message;
    std::optional<ErrorKind> kind;
    {
      const FileSizeLimit no_room(limit);
      const auto work = [&] { static_cast<void>(fixture.night(source)); };
      kind = kind_of(work);
      message = message_of(work);
    }
    CHECK(kind == ErrorKind::storage);
    CAPTURE(message);
    CHECK(message.find(fixture.folder().string()) != std::string::npos);
    LocalStorage storage = LocalStorage::open(fixture.vault());
    CHECK(storage.list("tmp").empty());
    CHECK(storage.list("backups").size() == 1);
    CHECK(verify_problems(storage, fixture.elsewhere("v"), fixture.owner()) == "");
  }
  CHECK_NOTHROW(static_cast<void>(fixture.night(source)));
  CHECK(row_difference(source, fixture.restore().database) == "");
}

TEST_CASE("a vault that may not be written to is told, and can be read") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 900});
  static_cast<void>(fixture.night(source));
  const auto end = run_in_child([&] {
    if (!become_nobody(fixture.folder())) return 2;
    for (const auto& entry : fs::recursive_directory_iterator(fixture.vault())) {
      fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::remove);
    }
    fs::permissions(fixture.vault(), fs::perms::owner_write, fs::perm_options::remove);
    const auto work = [&] { static_cast<void>(fixture.night(source)); };
    if (kind_of(work) != ErrorKind::storage) return 3;
    if (message_of(work).find(fixture.vault().string()) == std::string::npos) return 4;
    if (scrub(fixture.run(), {}).errors != 0) return 5;
    if (audit(fixture.run(), {}).has_errors()) return 6;
    const VerifyReport verified = verify(fixture.run(), every_snapshot(), fixture.owner());
    if (verified.failed != 0 || verified.snapshots.size() != 1) return 7;
    return row_difference(source, fixture.restore().database).empty() ? 0 : 8;
  });
  CHECK(end.exit_code == 0);
}

#ifdef __linux__
TEST_CASE("a disk that is full in the middle of a backup or a restore is told in words") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 100});
  static_cast<void>(fixture.night(source));
  SampleConnection(source).execute("UPDATE note SET extra = randomblob(20000)");
  const fs::path small = fixture.folder() / "small";
  fs::create_directory(small);
  constexpr int kCannotMount = 77;
  const auto end = run_in_child([&] {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("valise-test", small.c_str(), "tmpfs", 0, "size=1m") != 0) {
      return kCannotMount;
    }
    Run run = fixture.run();
    fs::copy(fixture.vault(), small / "vault", fs::copy_options::recursive);
    run.places.vault = small / "vault";
    const std::string full =
        message_of([&] { static_cast<void>(backup(run, {.sources = {source}})); });
    if (full.find("the disk is full") == std::string::npos) return 1;
    LocalStorage storage = LocalStorage::open(small / "vault");
    if (!verify_problems(storage, fixture.elsewhere("v"), fixture.owner()).empty()) return 2;
    if (!storage.list("tmp").empty()) return 3;

    if (!fixture.night(source).full) return 4;
    const auto work = [&] {
      static_cast<void>(restore(fixture.run(), into(small / "to"), fixture.owner()));
    };
    if (kind_of(work) != ErrorKind::storage) return 5;
    if (message_of(work).find("there is room for") == std::string::npos) return 6;
    return fs::is_empty(small / "to") ? 0 : 7;
  });
  if (end.exit_code == kCannotMount) {
    MESSAGE("not tried here: mounting a small file system needs root");
    return;
  }
  CHECK(end.exit_code == 0);
}
#endif
