#include "source/stored_database.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace valise;
using test::SampleConnection;
using test::TempFolder;

DatabaseReport inspect(const std::filesystem::path& path, DatabaseCheck check,
                       const std::string& profile = {},
                       const Cancellation* cancellation = nullptr) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(fd);
  return inspect_database(fd.get(), profile, check, "snapshot 1", cancellation);
}

std::string all_lines(const DatabaseReport& report) {
  std::string out;
  for (const std::string& line : report.problems) out += line + "\n";
  return out;
}

std::string inspect_failure(const std::filesystem::path& path) {
  try {
    inspect(path, DatabaseCheck::quick);
    return "opened";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    return error.what();
  }
}

/// A database made of `sql`, inspected with both checks; the schema may be edited.
DatabaseReport inspect_sql(const std::string& sql, DatabaseCheck check) {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  {
    SampleConnection app(path);
    app.execute(
        "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);"
        "INSERT INTO note(body) VALUES('one'), ('two');"
        "PRAGMA writable_schema=ON;" +
        sql);
  }
  return inspect(path, check);
}

}  // namespace

TEST_CASE("a sound database has no problems, in whatever mode its header says it is") {
  for (const char* journal : {"delete", "wal"}) {
    for (const char* encoding : {"UTF-8", "UTF-16le"}) {
      TempFolder folder;
      const auto path = folder.path() / "a.db";
      test::make_database(path, {.journal_mode = journal, .encoding = encoding, .full_text = true});
      for (const DatabaseCheck check :
           {DatabaseCheck::none, DatabaseCheck::quick, DatabaseCheck::full}) {
        const DatabaseReport report = inspect(path, check);
        CHECK(all_lines(report).empty());
        CHECK(report.summary.profile == "sqlite");
        CHECK(report.summary.messages == 200);
      }
    }
  }
}

TEST_CASE("nothing but the descriptor is read: neither a name nor a -wal beside it") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path, {.journal_mode = "wal"});
  SampleConnection app(path);
  app.execute("PRAGMA wal_autocheckpoint=0");
  app.execute("DELETE FROM note");
  REQUIRE(std::filesystem::file_size(folder.path() / "a.db-wal") > 0);
  CHECK(inspect(path, DatabaseCheck::full).summary.messages == 200);

  const UniqueFd fd = unnamed_file(folder.path());
  write_all(fd.get(), test::read_all(path), path);
  const DatabaseReport report =
      inspect_database(fd.get(), {}, DatabaseCheck::full, "snapshot 1", nullptr);
  CHECK(report.summary.messages == 200);
  CHECK(report.problems.empty());
}

TEST_CASE("a stored database counts as the profile that it was captured with") {
  TempFolder folder;
  const auto path = folder.path() / "chat.db";
  test::make_imessage_database(path, 10);
  CHECK(inspect(path, DatabaseCheck::none).summary.profile == "imessage");
  CHECK(inspect(path, DatabaseCheck::none, "imessage").summary.messages == 10);
  const ContentSummary plain = inspect(path, DatabaseCheck::none, "sqlite").summary;
  CHECK(plain.profile == "sqlite");
  CHECK(plain.messages == 23);
  CHECK(inspect(path, DatabaseCheck::none, "a later version's").summary.profile == "imessage");
}

TEST_CASE("what is no database at all is refused by name") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  std::ofstream(path) << "";
  CHECK(inspect_failure(path).find("snapshot 1") == 0);
  std::ofstream(path) << std::string(9000, 'x');
  CHECK(inspect_failure(path).find("snapshot 1 does not open as a SQLite database") == 0);
  std::filesystem::remove(path);
  test::make_database(path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4096);
  CHECK(inspect_failure(path).find("snapshot 1 does not open as a SQLite database") == 0);
}

TEST_CASE("a damaged tree is a list of problems, of at most 100 lines") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path, {.page_size = 512, .rows = 5000});
  const auto pages = std::filesystem::file_size(path) / 512;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t page = 8; page < pages; page += 3) {
    file.seekp(static_cast<std::streamoff>(page * 512));
    file << std::string(256, '\x5a');
  }
  file.close();
  for (const DatabaseCheck check : {DatabaseCheck::quick, DatabaseCheck::full}) {
    const DatabaseReport report = inspect(path, check);
    CHECK(report.problems.size() > 10);
    CHECK(report.problems.size() <= 100);
  }
  CHECK(inspect(path, DatabaseCheck::none).problems.empty());
}

TEST_CASE("an index that lost a row is found by the full check") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path);
  {
    SampleConnection app(path);
    app.execute("PRAGMA writable_schema=ON");
    app.execute("CREATE TABLE copy(body); CREATE INDEX copy_by_body ON copy(body)");
    app.execute(
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master "
        "WHERE name = 'copy_by_body') WHERE name = 'note_by_body'");
  }
  CHECK(all_lines(inspect(path, DatabaseCheck::full)).find("note_by_body") != std::string::npos);
}

TEST_CASE("a schema that needs the app's own code is a warning, and the rest is checked") {
  for (const DatabaseCheck check : {DatabaseCheck::quick, DatabaseCheck::full}) {
    const DatabaseReport module = inspect_sql(
        "INSERT INTO sqlite_master VALUES('table', 'own', 'own', 0, "
        "'CREATE VIRTUAL TABLE own USING signal_tokens(x)')",
        check);
    CHECK(module.summary.messages == 2);

    const DatabaseReport collation = inspect_sql(
        "CREATE TABLE sorted(a TEXT); CREATE INDEX sorted_by_a ON sorted(a);"
        "INSERT INTO sorted VALUES('x');"
        "UPDATE sqlite_master SET sql = 'CREATE TABLE sorted(a TEXT COLLATE ICU_ROOT UNIQUE)' "
        "WHERE name = 'sorted'",
        check);
    CHECK(collation.summary.messages == 3);
    CHECK(all_lines(collation).find("ICU_ROOT") != std::string::npos);

    const DatabaseReport function = inspect_sql(
        "CREATE TABLE made(a, b); CREATE INDEX made_by_a ON made(a);"
        "INSERT INTO made VALUES(1, 2);"
        "UPDATE sqlite_master SET sql = 'CREATE INDEX made_by_a ON made(own_function(a))' "
        "WHERE name = 'made_by_a'",
        check);
    CHECK(function.summary.messages == 3);
    // Only the full check computes what an index should hold.
    const bool warned =
        all_lines(function).find("table made could not be checked") != std::string::npos;
    CHECK(warned == (check == DatabaseCheck::full));

    const DatabaseReport generated = inspect_sql(
        "CREATE TABLE made(a);"
        "UPDATE sqlite_master SET sql = 'CREATE TABLE made(a, b AS (own_function(a)) NOT NULL)' "
        "WHERE name = 'made'",
        check);
    CHECK(generated.summary.messages == 2);
  }
}

TEST_CASE("a schema that cannot be parsed is a warning") {
  for (const char* sql :
       {"INSERT INTO sqlite_master VALUES('table', 'future', 'future', 2, "
        "'CREATE TABLE future(x) IN ANOTHER WAY')",
        "INSERT INTO sqlite_master VALUES('table', 'far', 'far', 999999, 'CREATE TABLE far(x)')",
        "INSERT INTO sqlite_master VALUES('index', 'lost', 'nowhere', 2, "
        "'CREATE INDEX lost ON nowhere(x)')",
        "INSERT INTO sqlite_master VALUES('table', 'a' || char(27) || '[2J', 'b', 2, 'nonsense')",
        "UPDATE sqlite_master SET sql = x'00ff00ff', rootpage = -7"}) {
    CAPTURE(sql);
    const DatabaseReport report = inspect_sql(sql, DatabaseCheck::full);
    CHECK_FALSE(report.problems.empty());
    CHECK(all_lines(report).find('\x1b') == std::string::npos);
  }
}

TEST_CASE("attack: hostile restored schema: when a stored database is checked") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  {
    SampleConnection app(path);
    app.execute(
        "CREATE TABLE t(a CHECK(length(a) < 1000000)); INSERT INTO t VALUES('x');"
        "CREATE TABLE message(date); CREATE TABLE chat(a); CREATE TABLE handle(a);"
        "CREATE TABLE chat_message_join(a); CREATE TABLE message_attachment_join(a);"
        "INSERT INTO message VALUES(5);"
        "CREATE VIEW v AS SELECT load_extension('evil') AS x;"
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT load_extension('evil'); END;"
        "PRAGMA writable_schema=ON;"
        // A date that would be computed for half an hour, and one that would load a library.
        "UPDATE sqlite_master SET sql = 'CREATE TABLE message(x, date AS "
        "(load_extension(''evil'')))' WHERE name = 'message';"
        "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a CHECK(length(zeroblob(900000000)) + "
        "load_extension(''evil'')))' WHERE name = 't'");
  }
  for (const DatabaseCheck check : {DatabaseCheck::quick, DatabaseCheck::full}) {
    const DatabaseReport report = inspect(path, check);
    CHECK(report.summary.messages <= 1);
    CHECK(all_lines(report).find("evil") == std::string::npos);
  }
}

TEST_CASE("shadow tables that were tampered with harm nothing") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  {
    SampleConnection app(path);
    app.execute(
        "CREATE VIRTUAL TABLE box USING rtree(id, x0, x1); INSERT INTO box VALUES(1, 2, 3);"
        "CREATE VIRTUAL TABLE words USING fts5(a); INSERT INTO words VALUES('one two three');"
        "CREATE VIRTUAL TABLE old_words USING fts4(a); INSERT INTO old_words VALUES('one two');"
        "UPDATE box_node SET data = x'ffffffffffffffffffff';"
        "UPDATE words_data SET block = x'ffffffff';"
        "UPDATE old_words_segdir SET root = x'ffffffffffffff';"
        "CREATE TABLE plain(a); INSERT INTO plain VALUES(1)");
  }
  for (const DatabaseCheck check : {DatabaseCheck::quick, DatabaseCheck::full}) {
    CHECK(inspect(path, check).summary.messages == 1);
  }
}

TEST_CASE("a cancelled inspection ends with that, whenever it is asked") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path);
  Cancellation cancellation;
  CHECK(inspect(path, DatabaseCheck::quick, {}, &cancellation).problems.empty());
  cancellation.request();
  try {
    inspect(path, DatabaseCheck::quick, {}, &cancellation);
    FAIL("it was not cancelled");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::cancelled);
  }
}

TEST_CASE("the real databases of two apps pass their checks") {
  const auto shared = test::shared_folder();
  if (!shared || !std::filesystem::exists(*shared / "testdata")) {
    MESSAGE("absent: the shared test data");
    return;
  }
  for (const char* name : {"imessage-exporter/db/test.db", "wa-crypt-tools/msgstore.db"}) {
    const DatabaseReport report = inspect(*shared / "testdata" / name, DatabaseCheck::full);
    CHECK(all_lines(report).empty());
    CHECK(report.summary.profile != "sqlite");
  }
}
