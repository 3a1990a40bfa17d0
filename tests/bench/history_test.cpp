#include "history.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <thread>

#include "database.hpp"

using valise::bench::Database;
using valise::bench::Statement;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "valise-history-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::filesystem::path make_small(const Folder& folder, const char* name, std::uint64_t seed = 1) {
  const auto path = folder / name;
  valise::bench::create_history(path, {.messages = 2000, .seed = seed});
  return path;
}

// Every row of a history that a night can touch, as one text.
std::string dump(const std::filesystem::path& path) {
  Database database(path);
  std::string out;
  for (const char* sql :
       {"SELECT guid || quote(text) || quote(attributedBody) || date || quote(date_read) || "
        "is_read || quote(ck_record_id) || quote(associated_message_guid) FROM message "
        "ORDER BY ROWID",
        "SELECT chat_id || ' ' || message_id || ' ' || message_date FROM chat_message_join "
        "ORDER BY ROWID",
        "SELECT guid || chat_identifier FROM chat ORDER BY ROWID",
        "SELECT guid || filename FROM attachment ORDER BY ROWID"}) {
    Statement rows(database, sql);
    while (rows.step()) out += rows.text(0) + "\n";
  }
  return out;
}

std::int64_t number(const std::filesystem::path& path, const std::string& sql) {
  Database database(path);
  return database.number(sql);
}

}  // namespace

TEST_CASE("a history is the same for the same seed, and another for another") {
  const Folder folder;
  const std::string first = dump(make_small(folder, "first.db"));
  CHECK(first == dump(make_small(folder, "again.db")));
  CHECK(first != dump(make_small(folder, "other.db", 2)));
}

TEST_CASE("a history is a sound database that the iMessage profile recognises") {
  const Folder folder;
  const auto path = make_small(folder, "chat.db");
  Database database(path);
  Statement check(database, "PRAGMA integrity_check");
  REQUIRE(check.step());
  CHECK(check.text(0) == "ok");
  CHECK_FALSE(check.step());
  Statement count(database, "SELECT count(*), min(date), max(date) FROM message WHERE date > 0");
  REQUIRE(count.step());
  CHECK(count.integer(0) == 2000);
  CHECK(count.integer(1) > 600'000'000'000'000'000);
  CHECK(count.integer(2) > count.integer(1));
  CHECK(database.number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN "
                        "('message', 'chat', 'handle', 'chat_message_join', "
                        "'message_attachment_join')") == 5);
  CHECK(database.number("SELECT count(*) FROM message WHERE text IS NULL") > 1000);
  CHECK(database.number("SELECT count(*) FROM message WHERE hex(substr(attributedBody, 1, 2)) "
                        "= '040B'") == 2000);
}

TEST_CASE("a history has the journal mode and the page size it was asked for") {
  const Folder folder;
  for (const bool wal : {true, false}) {
    const auto path = folder / (wal ? "wal.db" : "delete.db");
    valise::bench::create_history(path, {.messages = 50, .wal = wal, .page_size = 1024});
    Database database(path);
    Statement mode(database, "PRAGMA journal_mode");
    REQUIRE(mode.step());
    CHECK(mode.text(0) == (wal ? "wal" : "delete"));
    CHECK(database.number("PRAGMA page_size") == 1024);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "wal.db-wal"));
}

TEST_CASE("a night adds, marks and deletes what it says") {
  const Folder folder;
  const auto path = make_small(folder, "chat.db");
  const std::int64_t marked = number(path, "SELECT count(*) FROM message WHERE ck_sync_state = 1");
  const std::int64_t last = number(path, "SELECT max(date) FROM message");
  const valise::bench::Night night{
      .seed = 7, .messages = 100, .receipts = 50, .sync_marks = 30, .deletions = 4};
  valise::bench::apply_night(path, night);
  CHECK(number(path, "SELECT count(*) FROM message") == 2000 + 100 - 4);
  CHECK(number(path, "SELECT count(*) FROM chat_message_join") == 2000 + 100 - 4);
  CHECK(number(path, "SELECT count(*) FROM deleted_messages") == 4);
  CHECK(number(path, "SELECT max(date) FROM message") > last);
  CHECK(number(path, "SELECT count(*) FROM message WHERE ck_sync_state = 1") >= marked - 4);
  CHECK(number(path, "SELECT count(*) FROM message WHERE length(ck_record_change_tag) = 4") > 20);
  CHECK(number(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") ==
        0);

  // The same seed again is another night: no GUID comes twice.
  valise::bench::apply_night(path, night);
  CHECK(number(path, "SELECT count(*) FROM message") == 2000 + 200 - 8);
}

TEST_CASE("deleting a chat takes its messages along") {
  const Folder folder;
  const auto path = make_small(folder, "chat.db");
  const std::int64_t deleted = valise::bench::delete_chat(path, 300);
  CHECK(deleted >= 50);
  CHECK(number(path, "SELECT count(*) FROM message") == 2000 - deleted);
  CHECK(number(path,
               "SELECT count(*) FROM message WHERE ROWID NOT IN "
               "(SELECT message_id FROM chat_message_join)") == 0);
}

TEST_CASE("scrambled bodies keep their lengths and are archives no more") {
  const Folder folder;
  const auto path = make_small(folder, "chat.db");
  const std::string lengths = "SELECT sum(length(attributedBody)) FROM message";
  const std::string archives =
      "SELECT count(*) FROM message WHERE substr(attributedBody, 3, 11) = "
      "CAST('streamtyped' AS BLOB)";
  const std::int64_t before = number(path, lengths);
  const std::int64_t younger = number(path, archives + " AND ROWID > 666");
  REQUIRE(number(path, archives) > younger);
  CHECK(valise::bench::scramble_bodies(path) == 666);
  CHECK(number(path, lengths) == before);
  CHECK(number(path, archives) == younger);
}

TEST_CASE("a constant writer commits until it is told to stop") {
  const Folder folder;
  const auto path = make_small(folder, "chat.db");
  std::int64_t written = 0;
  {
    std::jthread writer([&](const std::stop_token& stop) {
      written = valise::bench::write_constantly(
          path, {.seed = 3, .seconds = 60, .rows_per_second = 1000}, stop);
    });
    // Its commits are visible to others while it runs.
    while (number(path, "SELECT count(*) FROM message") < 2020) std::this_thread::yield();
  }
  CHECK(written >= 20);
  CHECK(number(path, "SELECT count(*) FROM message") == 2000 + written);
}
