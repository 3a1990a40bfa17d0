#include "source/live_database.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <random>
#include <string>

#include "base/error.hpp"
#include "source/captured_image.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/temp_folder.hpp"
#include "support/test_files.hpp"
#include "support/texts.hpp"

namespace {

using namespace valise;
using test::CapturedImage;
using test::contains;
using test::SampleConnection;
using test::TempFolder;

/// The message of the Error(source) that opening `path` ends with; empty when it opens.
std::string open_failure(const std::filesystem::path& path, std::uint32_t busy_wait_ms = 100) {
  try {
    const LiveDatabase database = LiveDatabase::open(path, {.busy_wait_ms = busy_wait_ms});
    return {};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::source);
    CHECK(std::string(error.what()).find(path.filename().string()) != std::string::npos);
    return error.what();
  }
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string random_bytes(std::size_t count) {
  std::mt19937 generator(1);
  std::string out(count, '\0');
  for (char& c : out) c = static_cast<char>(generator());
  return out;
}

/// Permissions mean nothing to root: where the tests run as root, they read as somebody else.
class AsOrdinaryUser {
 public:
  explicit AsOrdinaryUser(const std::filesystem::path& folder) {
    if (geteuid() != 0) return;
    root_ = true;
    constexpr uid_t kNobody = 65534;
    REQUIRE(chmod(folder.c_str(), 0755) == 0);
    REQUIRE(setreuid(kNobody, static_cast<uid_t>(-1)) == 0);
    REQUIRE(seteuid(kNobody) == 0);
  }
  ~AsOrdinaryUser() {
    if (root_ && (seteuid(0) != 0 || setreuid(0, 0) != 0)) std::abort();
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  bool root_ = false;
};

}  // namespace

TEST_CASE("a source that is no readable file is refused with the reason") {
  TempFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  CHECK(contains(open_failure(at("none.db")), "no such file"));
  std::filesystem::create_directory(at("folder.db"));
  CHECK(contains(open_failure(at("folder.db")), "is a folder"));
  write_file(at("empty.db"), "");
  CHECK(contains(open_failure(at("empty.db")), "is empty"));
  REQUIRE(mkfifo(at("pipe.db").c_str(), 0600) == 0);
  CHECK(contains(open_failure(at("pipe.db")), "not a regular file"));
  test::make_database(at("locked.db"));
  REQUIRE(chmod(at("locked.db").c_str(), 0) == 0);
  const AsOrdinaryUser user(folder.path());
  CHECK(contains(open_failure(at("locked.db")), "no permission"));
}

TEST_CASE("a source that is no plain SQLite database is refused with what it seems to be") {
  TempFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  std::string text;
  while (text.size() < 8192) text += "Dear diary, today I wrote a text file. ";
  write_file(at("text.db"), text);
  CHECK(contains(open_failure(at("text.db")), "not a SQLite database"));
  CHECK(open_failure(at("text.db")).find("encrypted") == std::string::npos);
  write_file(at("short.db"), "SQLite format 3");
  CHECK(contains(open_failure(at("short.db")), "not a SQLite database"));
  write_file(at("cipher.db"), random_bytes(65536));
  CHECK(contains(open_failure(at("cipher.db")), "looks encrypted"));
  write_file(at("msgstore.db.crypt15"), random_bytes(65536));
  CHECK(contains(open_failure(at("msgstore.db.crypt15")), "WhatsApp"));
  std::filesystem::create_directories(at("Signal") / "sql");
  write_file(at("Signal") / "sql" / "db.sqlite", random_bytes(65536));
  const std::string desktop = open_failure(at("Signal") / "sql" / "db.sqlite");
  CHECK(contains(desktop, "Signal Desktop"));
  CHECK(contains(desktop, "sqlcipher_export"));
  CHECK(contains(desktop, (at("Signal") / "config.json").string()));
  std::filesystem::create_directories(at("databases"));
  write_file(at("databases") / "signal.db", random_bytes(65536));
  CHECK(contains(open_failure(at("databases") / "signal.db"), "Signal for Android"));
  write_file(at("databases") / "signal.db", text);
  CHECK(contains(open_failure(at("databases") / "signal.db"), "not a SQLite database"));
}

TEST_CASE("a truncated source is refused") {
  TempFolder folder;
  for (const char* journal : {"delete", "wal"}) {
    const auto path = folder.path() / (std::string(journal) + ".db");
    test::make_database(path, {.journal_mode = journal});
    const auto bytes = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, bytes - 4096);
    CHECK(contains(open_failure(path), "truncated"));
    std::filesystem::resize_file(path, 4096);
    CHECK(contains(open_failure(path), "truncated"));
    std::filesystem::resize_file(path, 100);
    CHECK_FALSE(open_failure(path).empty());
  }
  // Half a last page is filled up with zeros by SQLite, without a word.
  const auto path = folder.path() / "half.db";
  test::make_database(path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
  CHECK(contains(open_failure(path), "truncated"));
}

TEST_CASE("a source that another program holds is refused after the wait") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path);
  SampleConnection app(path);
  app.execute("BEGIN EXCLUSIVE");
  CHECK(contains(open_failure(path), "held by another program"));
  app.execute("ROLLBACK");
  CHECK(open_failure(path).empty());

  const auto wal = folder.path() / "wal.db";
  test::make_database(wal, {.journal_mode = "wal"});
  SampleConnection owner(wal);
  owner.execute("PRAGMA locking_mode=EXCLUSIVE");
  owner.execute("INSERT INTO note(body) VALUES('x')");
  CHECK(contains(open_failure(wal), "held by another program"));
}

TEST_CASE("a source with a journal of a crash is refused, and the journal kept") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  const auto crashed = folder.path() / "crashed.db";
  test::make_database(path);
  {
    // A copy taken in the middle of a large transaction is what a crash leaves.
    SampleConnection app(path);
    app.execute("PRAGMA cache_size=1");
    app.execute("BEGIN IMMEDIATE");
    app.execute("UPDATE note SET body = body || ' and a long tail of more than a few bytes'");
    std::filesystem::copy_file(path, crashed);
    std::filesystem::copy_file(folder.path() / "a.db-journal",
                               folder.path() / "crashed.db-journal");
  }
  const Bytes journal = test::read_all(folder.path() / "crashed.db-journal");
  REQUIRE(!journal.empty());
  CHECK(contains(open_failure(crashed), "in the middle of a change"));
  CHECK(test::read_all(folder.path() / "crashed.db-journal") == journal);
}

TEST_CASE("a path is taken as it is, whatever is in it") {
  TempFolder folder;
  for (const char* name : {"file:a.db", "file:b.db?mode=memory", "c%41.db", "d#e?f=g.db",
                           "spaced name.db", "\xff\xfe.db", "ünï.db"}) {
    const auto path = folder.path() / name;
    test::make_database(folder.path() / "plain.db");
    std::filesystem::rename(folder.path() / "plain.db", path);
    CHECK(LiveDatabase::open(path).page_count() > 5);
    // Relative to the folder, "file:..." could be taken for a URI.
    const auto here = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    std::uint32_t pages = 0;
    try {
      pages = LiveDatabase::open(name).page_count();
    } catch (const Error& error) {
      MESSAGE(error.what());
    }
    std::filesystem::current_path(here);
    CHECK(pages > 5);
  }
}

TEST_CASE(
    "a closed WAL database gets what every reader of one makes beside it, and no byte in it") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path, {.journal_mode = "wal"});
  const Bytes before = test::read_all(path);
  const auto time = std::filesystem::last_write_time(path);
  REQUIRE(test::names_in(folder.path()) == std::vector<std::string>{"a.db"});
  {
    CapturedImage captured;
    LiveDatabase::open(path).capture(captured);
  }
  CHECK(test::read_all(path) == before);
  CHECK(std::filesystem::last_write_time(path) == time);
  CHECK(test::names_in(folder.path()) == std::vector<std::string>{"a.db", "a.db-shm", "a.db-wal"});
  CHECK(std::filesystem::file_size(folder.path() / "a.db-wal") == 0);
}

TEST_CASE("a closed WAL database in a read-only folder is read as it stands") {
  TempFolder folder;
  // Every character that a URI would take for something else.
  const auto inner = folder.path() / "read only %41#?&=";
  std::filesystem::create_directory(inner);
  const auto path = inner / "a b.db";
  test::make_database(path, {.journal_mode = "wal"});
  REQUIRE_FALSE(std::filesystem::exists(inner / "a b.db-wal"));
  const std::string expected = test::dump_database(path);
  std::filesystem::remove(inner / "a b.db-wal");
  std::filesystem::remove(inner / "a b.db-shm");
  REQUIRE(chmod(path.c_str(), 0444) == 0);
  REQUIRE(chmod(inner.c_str(), 0555) == 0);
  CapturedImage captured;
  std::string changed;
  std::string changed_count;
  {
    std::optional<AsOrdinaryUser> user(folder.path());
    LiveDatabase database = LiveDatabase::open(path);
    database.capture(captured);
    user.reset();
    CHECK(chmod(inner.c_str(), 0755) == 0);
    CHECK(chmod(path.c_str(), 0644) == 0);
    {
      SampleConnection app(path);
      app.execute("INSERT INTO note(body) VALUES('newest')");
    }
    CapturedImage late;
    try {
      database.capture(late);
    } catch (const Error& error) {
      changed = error.what();
    }
    try {
      static_cast<void>(database.summarize());
    } catch (const Error& error) {
      changed_count = error.what();
    }
  }
  CHECK(contains(changed, "changed while it was read; try again"));
  CHECK(contains(changed_count, "changed while it was read; try again"));
  captured.write(folder.path() / "copy.db");
  CHECK(test::dump_database(folder.path() / "copy.db") == expected);
}

TEST_CASE("a -wal that cannot be read is refused, never left out") {
  TempFolder folder;
  const auto inner = folder.path() / "inner";
  std::filesystem::create_directory(inner);
  const auto path = inner / "a.db";
  {
    SampleConnection app(folder.path() / "b.db");
    app.execute("PRAGMA journal_mode=wal");
    app.execute("PRAGMA wal_autocheckpoint=0");
    app.execute("CREATE TABLE t(x)");
    app.execute("INSERT INTO t VALUES(1)");
    std::filesystem::copy_file(folder.path() / "b.db", path);
    std::filesystem::copy_file(folder.path() / "b.db-wal", inner / "a.db-wal");
  }
  REQUIRE(chmod(inner.c_str(), 0555) == 0);
  std::string refused;
  {
    const AsOrdinaryUser user(folder.path());
    refused = open_failure(path);
  }
  REQUIRE(chmod(inner.c_str(), 0755) == 0);
  CHECK(contains(refused, "-wal"));
}
