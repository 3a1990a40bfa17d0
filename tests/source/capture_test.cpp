#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>

#include "source/captured_image.hpp"
#include "source/live_database.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace valise;
using test::CapturedImage;
using test::SampleConnection;
using test::SampleOptions;
using test::TempFolder;

void require_identity(const SampleOptions& options) {
  CAPTURE(options.page_size);
  CAPTURE(options.journal_mode);
  CAPTURE(options.encoding);
  CAPTURE(options.auto_vacuum);
  CAPTURE(options.reserved_bytes);
  TempFolder folder;
  const auto source = folder.path() / "source.db";
  test::make_database(source, options);
  const std::string expected = test::dump_database(source);
  const CapturedImage captured = test::capture_to(source, folder.path() / "copy.db");

  LiveDatabase database = LiveDatabase::open(source);
  CHECK(database.page_size() == options.page_size);
  REQUIRE(captured.order.size() == database.page_count());
  CHECK(captured.order.back() == 1);
  for (std::size_t i = 0; i + 1 < captured.order.size(); ++i) {
    REQUIRE(captured.order[i] == i + 2);
  }
  CHECK(test::dump_database(folder.path() / "copy.db") == expected);
  SampleConnection copy(folder.path() / "copy.db");
  CHECK(copy.text("PRAGMA integrity_check") == "ok");
  CHECK(copy.text("PRAGMA page_size") == std::to_string(options.page_size));
}

}  // namespace

TEST_CASE("a capture has every page once, ascending, page 1 last, at every page size") {
  for (std::uint32_t size = 512; size <= 65536; size *= 2) {
    for (const char* journal : {"delete", "wal"}) {
      // From one page more than fits the cache down to a handful.
      for (const std::uint32_t rows : {1U, 40U, 3000U}) {
        require_identity({.page_size = size, .journal_mode = journal, .rows = rows});
      }
    }
  }
}

TEST_CASE("a capture is the same database in every encoding, vacuum mode and table kind") {
  for (const char* encoding : {"UTF-8", "UTF-16le", "UTF-16be"}) {
    for (const int auto_vacuum : {0, 1, 2}) {
      require_identity({.encoding = encoding, .auto_vacuum = auto_vacuum, .full_text = true});
    }
  }
  for (const int reserved : {8, 32, 255}) {
    require_identity({.reserved_bytes = reserved});
    require_identity({.page_size = 1024, .journal_mode = "wal", .reserved_bytes = reserved});
  }
  require_identity({.without_rowid = true, .full_text = true});
}

TEST_CASE("a capture of an unchanged database is the same bytes every time") {
  TempFolder folder;
  test::make_database(folder.path() / "a.db", {.journal_mode = "wal"});
  const CapturedImage first = test::capture_to(folder.path() / "a.db", folder.path() / "1.db");
  const CapturedImage second = test::capture_to(folder.path() / "a.db", folder.path() / "2.db");
  CHECK(first.image == second.image);
}

TEST_CASE("a capture includes what only the -wal holds, and never checkpoints") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path, {.journal_mode = "wal"});
  SampleConnection app(path);
  app.execute("PRAGMA wal_autocheckpoint=0");
  app.execute("INSERT INTO note(body) VALUES('newest')");
  const Bytes file_before = test::read_all(path);
  const Bytes wal_before = test::read_all(folder.path() / "a.db-wal");
  const auto time_before = std::filesystem::last_write_time(path);
  REQUIRE(wal_before.size() > 4096);

  test::capture_to(path, folder.path() / "copy.db");

  CHECK(test::read_all(path) == file_before);
  CHECK(test::read_all(folder.path() / "a.db-wal") == wal_before);
  CHECK(std::filesystem::last_write_time(path) == time_before);
  SampleConnection copy(folder.path() / "copy.db");
  CHECK(copy.number("SELECT count(*) FROM note WHERE body = 'newest'") == 1);
}

TEST_CASE("a capture keeps a -wal that an ended app left behind") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path, {.journal_mode = "wal"});
  {
    SampleConnection app(path);
    int on = 1;
    sqlite3_db_config(app.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on, nullptr);
    app.execute("INSERT INTO note(body) VALUES('newest')");
  }
  std::filesystem::remove(folder.path() / "a.db-shm");
  const Bytes wal_before = test::read_all(folder.path() / "a.db-wal");
  const Bytes file_before = test::read_all(path);
  REQUIRE(!wal_before.empty());

  test::capture_to(path, folder.path() / "copy.db");

  CHECK(test::read_all(folder.path() / "a.db-wal") == wal_before);
  CHECK(test::read_all(path) == file_before);
  SampleConnection copy(folder.path() / "copy.db");
  CHECK(copy.number("SELECT count(*) FROM note WHERE body = 'newest'") == 1);
}

TEST_CASE("a capture in rollback mode leaves the file and its folder as they were") {
  TempFolder folder;
  TempFolder target;
  const auto path = folder.path() / "a.db";
  test::make_database(path);
  const Bytes before = test::read_all(path);
  const auto time_before = std::filesystem::last_write_time(path);
  test::capture_to(path, target.path() / "copy.db");
  CHECK(test::read_all(path) == before);
  CHECK(std::filesystem::last_write_time(path) == time_before);
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.insert(entry.path().filename().string());
  }
  CHECK(names == std::set<std::string>{"a.db"});
}

TEST_CASE("an exception of the sink ends the capture and comes out as it was") {
  struct Refusal {
    std::uint32_t page;
  };
  struct RefusingSink : PageSink {
    explicit RefusingSink(std::uint32_t at) : refused(at) {}
    void page(std::uint32_t number, ByteSpan) override {
      ++pages;
      if (number == refused) throw Refusal{number};
    }
    std::uint32_t refused;
    std::uint32_t pages = 0;
  };
  TempFolder folder;
  test::make_database(folder.path() / "a.db", {.page_size = 512, .rows = 3000});
  LiveDatabase database = LiveDatabase::open(folder.path() / "a.db");
  REQUIRE(database.page_count() > 100);
  for (const std::uint32_t at : {2U, 50U, database.page_count(), 1U}) {
    RefusingSink sink(at);
    std::uint32_t refused = 0;
    try {
      database.capture(sink);
    } catch (const Refusal& refusal) {
      refused = refusal.page;
    }
    CHECK(refused == at);
    CHECK(sink.pages == (at == 1 ? database.page_count() : at - 1));
  }
  // The connection is none the worse for it.
  CapturedImage captured;
  database.capture(captured);
  CHECK(captured.order.size() == database.page_count());
}

TEST_CASE("a capture needs neither the modules nor the functions of a schema") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path);
  {
    SampleConnection app(path);
    app.execute("PRAGMA writable_schema=ON");
    app.execute(
        "INSERT INTO sqlite_master VALUES('table', 'own', 'own', 0, "
        "'CREATE VIRTUAL TABLE own USING signal_tokens(x)')");
    app.execute(
        "CREATE TRIGGER own_trigger AFTER DELETE ON note BEGIN SELECT own_function(old.id); END");
  }
  const std::string expected = test::dump_database(path);
  LiveDatabase database = LiveDatabase::open(path);
  CHECK(database.summarize().messages == 200);
  test::capture_to(path, folder.path() / "copy.db");
  CHECK(test::dump_database(folder.path() / "copy.db") == expected);
}

TEST_CASE("a capture does not need to understand the schema") {
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  test::make_database(path);
  {
    SampleConnection app(path);
    app.execute("PRAGMA writable_schema=ON");
    app.execute(
        "INSERT INTO sqlite_master VALUES('table', 'future', 'future', 2, "
        "'CREATE TABLE future(x) IN ANOTHER WAY')");
  }
  LiveDatabase database = LiveDatabase::open(path);
  CHECK(database.summarize().profile == "sqlite");
  CapturedImage captured;
  database.capture(captured);
  CHECK(captured.order.size() == database.page_count());
}

TEST_CASE("a capture leaves out the lock page of a database over 1 GiB") {
  struct CountingSink : PageSink {
    explicit CountingSink(std::uint32_t page) : lock_page(page) {}
    void page(std::uint32_t number, ByteSpan) override {
      ++pages;
      lock_page_came = lock_page_came || number == lock_page;
      last = number;
    }
    std::uint32_t lock_page;
    std::uint32_t pages = 0;
    std::uint32_t last = 0;
    bool lock_page_came = false;
  };
  for (const std::uint32_t page_size : {65536U, 4096U}) {
    TempFolder folder;
    const auto path = folder.path() / "a.db";
    test::make_database(path, {.page_size = page_size});
    // A gigabyte of holes behind a small database: the header is all that knows of them.
    const std::uint32_t lock_page = (1U << 30) / page_size + 1;
    for (const std::uint32_t page_count : {lock_page + 1, lock_page - 1}) {
      std::filesystem::resize_file(path, std::uint64_t{page_count} * page_size);
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(28);
      for (const int shift : {24, 16, 8, 0}) file.put(static_cast<char>(page_count >> shift));
      file.close();
      LiveDatabase database = LiveDatabase::open(path);
      REQUIRE(database.page_count() == page_count);
      CountingSink sink(lock_page);
      database.capture(sink);
      CHECK(sink.pages == (page_count > lock_page ? page_count - 1 : page_count));
      CHECK(sink.last == 1);
      CHECK_FALSE(sink.lock_page_came);
    }
  }
}
