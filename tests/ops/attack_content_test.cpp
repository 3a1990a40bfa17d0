// Attacks by a writer who seals honestly and puts hostile things inside.

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <zstd.h>

#include <atomic>

#include "format/page_records.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/restore.hpp"
#include "ops/verify.hpp"
#include "support/child_process.hpp"
#include "support/effort.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {
namespace {

constexpr std::uint32_t kPageSize = 4096;
constexpr std::uint32_t kPages = kRecordPlainBytesMax / kPageSize;
// Far more than any record may hold.
constexpr std::size_t kBombBytes = 192 << 20;
// What opening may take; the bomb would take more. Sanitizers keep what was freed, or a shadow of
// it, so that under them only the refusal is a test, and a gigabyte a bound for the worst.
constexpr long kGrowthKibMax = (kSanitized ? 1024 : 96) * 1024;

struct ContentScene {
  VaultFixture fixture;
  std::unique_ptr<MemoryStorage> vault;
  Credential credential;

  ContentScene() {
    fixture.back_up();
    vault = fixture.in_memory();
    credential = fixture.credential();
  }

  [[nodiscard]] Forgery forgery() { return {credential, DatabaseImage::read(fixture.database())}; }
  [[nodiscard]] std::string put(const Forgery& forgery) {
    return snapshot_of(forgery.put(*vault, credential));
  }

  /// Restore and verify refuse the newest backup, and the first one restores all the same. In a
  /// child, whose peak of memory is its own.
  void check_refused_with_bounded_memory(const std::string& snapshot,
                                         bool or_for_lack_of_room = false) {
    const ChildEnd end = run_in_child([&] {
      rusage before{};
      getrusage(RUSAGE_SELF, &before);
      const auto kind =
          kind_of([&] { static_cast<void>(restored(fixture, *vault, fixture.owner(), snapshot)); });
      if (kind != ErrorKind::corrupt && !(or_for_lack_of_room && kind == ErrorKind::storage)) {
        return 1;
      }
      VerifyOptions options;
      options.all = true;
      const VerifyReport report =
          verify_in(*vault, fixture.run("stranger"), options, fixture.owner());
      if (report.failed != 1 || report.snapshots.size() != 2) return 2;
      if (report.snapshots.back().problem.find(snapshot) == std::string::npos) return 3;
      rusage after{};
      getrusage(RUSAGE_SELF, &after);
      return after.ru_maxrss - before.ru_maxrss < kGrowthKibMax ? 0 : 4;
    });
    CHECK(end.exit_code == 0);
  }
};

Bytes compressed_zeros(std::size_t bytes) {
  const Bytes zeros(bytes);
  Bytes frame(ZSTD_compressBound(bytes));
  frame.resize(ZSTD_compress(frame.data(), frame.size(), zeros.data(), zeros.size(), 1));
  return frame;
}

/// The record of a full of kPages pages with this frame.
ForgedRecord record_of(ByteSpan frame, std::uint32_t plain_bytes = kRecordPlainBytesMax) {
  PageList pages;
  for (std::uint32_t page = 1; page <= plain_bytes / kPageSize; ++page) pages.push_back(page);
  const Bytes list = encode_page_list(pages);
  ForgedRecord record;
  for (int shift = 0; shift < 32; shift += 8) {
    record.payload.push_back(static_cast<std::uint8_t>(list.size() >> shift));
  }
  append(record.payload, list);
  append(record.payload, frame);
  record.info.plain_bytes = plain_bytes;
  return record;
}

}  // namespace

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: a "
    "bomb in an honestly sealed container") {
  ContentScene scene;
  Forgery forgery = scene.forgery();
  forgery.manifest.database.page_size = kPageSize;
  forgery.manifest.database.page_count = kPages;
  static const Bytes bomb = compressed_zeros(kBombBytes);
  Bytes frame = bomb;
  SUBCASE("that says how large it is") {}
  SUBCASE("that lies about how large it is") {
    // RFC 8878 section 3.1.1.1: with flag 2 the content size takes four bytes, which stand right
    // behind the descriptor in a single segment, else behind the window's byte.
    REQUIRE((frame.at(4) >> 6) == 2);
    const std::size_t at = (frame[4] & 0x20) != 0 ? 5 : 6;
    for (std::size_t i = 0; i < 4; ++i) {
      frame[at + i] = static_cast<std::uint8_t>(kRecordPlainBytesMax >> (8 * i));
    }
  }
  SUBCASE("that does not say how large it is") {
    // No content size: the descriptor's flag is 0, and a window of 8 MiB (exponent 13).
    const std::size_t header = (frame[4] & 0x20) != 0 ? 9 : 10;
    Bytes unsized{0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3};
    append(unsized, ByteSpan(frame).subspan(header));
    frame = unsized;
  }
  SUBCASE("that asks for a window of 2 GiB") {
    frame = compressed_zeros(kRecordPlainBytesMax);
    const std::size_t at = (frame[4] & 0x20) != 0 ? 5 : 6;
    Bytes wide{0x28, 0xb5, 0x2f, 0xfd, 0x80, 21 << 3};
    append(wide, ByteSpan(frame).subspan(at));
    frame = wide;
  }
  forgery.records = {record_of(frame)};
  scene.check_refused_with_bounded_memory(scene.put(forgery));
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: a "
    "wrong plain length in an honestly sealed container") {
  ContentScene scene;
  Forgery forgery = scene.forgery();
  forgery.manifest.database.page_size = kPageSize;
  const Bytes frame = compressed_zeros(std::size_t{8} * kPageSize);
  bool or_for_lack_of_room = false;
  SUBCASE("shorter than the frame's content") {
    forgery.manifest.database.page_count = 7;
    forgery.records = {record_of(frame, 7 * kPageSize)};
  }
  SUBCASE("longer than the frame's content") {
    forgery.manifest.database.page_count = 9;
    forgery.records = {record_of(frame, 9 * kPageSize)};
  }
  SUBCASE("another than the page list's") {
    forgery.manifest.database.page_count = 8;
    forgery.records = {record_of(frame, 8 * kPageSize)};
    forgery.records[0].info.plain_bytes = 7 * kPageSize;
  }
  SUBCASE("a page list beyond the database's end") {
    forgery.manifest.database.page_count = 7;
    forgery.records = {record_of(frame, 8 * kPageSize)};
  }
  SUBCASE("pages that are in no record") {
    forgery.manifest.database.page_count = 10;
    forgery.records = {record_of(frame, 8 * kPageSize)};
  }
  SUBCASE("pages that are in two records") {
    forgery.manifest.database.page_count = 8;
    forgery.records = {record_of(frame, 8 * kPageSize), record_of(frame, 8 * kPageSize)};
  }
  SUBCASE("more pages than SQLite can have, of which no record tells") {
    forgery.manifest.database.page_count = 0xfffffffe;
    forgery.manifest.database.page_size = 512;
    // Two terabytes: a restore looks at the room on the disk first.
    or_for_lack_of_room = true;
    forgery.records = {record_of(frame, 8 * kPageSize)};
  }
  SUBCASE("another page root than the pages'") {
    forgery.manifest.database.page_count = 8;
    forgery.records = {record_of(frame, 8 * kPageSize)};
  }
  scene.check_refused_with_bounded_memory(scene.put(forgery), or_for_lack_of_room);
}

TEST_CASE("a manifest with another message count than the database's is refused") {
  ContentScene scene;
  Forgery forgery = scene.forgery();
  forgery.manifest.database.messages = 1'000'000;
  scene.check_refused_with_bounded_memory(scene.put(forgery));
}

TEST_CASE("attack: paths ../, absolute, NUL, symlink race, duplicates: a database's name") {
  ContentScene scene;
  const std::string names[] = {
      "../x", "/x", "..", ".", "", "a/b", "a/../../x", std::string("x\0y", 3), "x/"};
  for (const std::string& name : names) {
    CAPTURE(name);
    Forgery forgery = scene.forgery();
    forgery.manifest.source.name = name;
    const std::string snapshot = scene.put(forgery);
    RestoreOptions options;
    options.snapshot = snapshot;
    options.to = scene.fixture.new_folder() / "inner";
    options.overwrite = true;
    const auto attempt = [&] {
      static_cast<void>(restore_from(*scene.vault, scene.fixture.run("stranger"), options,
                                     scene.fixture.owner()));
    };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(container_of(snapshot)) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(options.to.parent_path() / "x"));
    CHECK((!std::filesystem::exists(options.to) || std::filesystem::is_empty(options.to)));
  }
}

namespace {

std::atomic<int> touches{0};

void touch(sqlite3_context* context, int, sqlite3_value**) {
  ++touches;
  sqlite3_result_int(context, 1);
}

// Every connection of this process gets the function, those of the library too: what calls it
// gives itself away. It is not marked innocuous, as a function that does something would not be.
int offer_touch(sqlite3* db, char**, const void*) {
  return sqlite3_create_function_v2(db, "touch", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
                                    touch, nullptr, nullptr, nullptr);
}

using Entry0 = void (*)();

struct TouchEverywhere {
  TouchEverywhere() { sqlite3_auto_extension(reinterpret_cast<Entry0>(offer_touch)); }
  ~TouchEverywhere() { sqlite3_cancel_auto_extension(reinterpret_cast<Entry0>(offer_touch)); }
};

}  // namespace

TEST_CASE("attack: hostile restored schema: at restore and verify") {
  const TouchEverywhere everywhere;
  VaultFixture fixture;
  const std::filesystem::path path = fixture.folder() / "hostile.db";
  {
    SampleConnection connection(path);
    connection.execute(
        "CREATE TABLE a(x CHECK (touch(x) > 0), y AS (touch(x)) VIRTUAL);"
        "CREATE INDEX a_touch ON a(touch(x));"
        "CREATE INDEX a_part ON a(x) WHERE touch(x) > 0;"
        "CREATE TRIGGER a_insert AFTER INSERT ON a BEGIN SELECT touch(new.x); END;"
        // Tables that profiles look for, as views that never end or that call the function.
        "CREATE VIEW message AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) "
        "SELECT x AS ROWID, touch(x) AS date FROM r;"
        "CREATE VIEW messages AS SELECT touch(1) AS x;"
        "CREATE VIEW chat AS SELECT touch(2) AS x;");
    connection.execute("INSERT INTO a(x) VALUES(1), (2), (3)");
    REQUIRE(touches > 0);
  }
  touches = 0;
  fixture.back_up("hostile.db");
  CHECK(touches == 0);
  const auto vault = fixture.in_memory();
  for (const CheckLevel check : {CheckLevel::none, CheckLevel::quick, CheckLevel::full}) {
    RestoreOptions options;
    options.to = fixture.new_folder();
    options.check = check;
    const RestoreResult result =
        restore_from(*vault, fixture.run("stranger"), options, fixture.owner());
    CHECK(std::filesystem::file_size(result.database) == std::filesystem::file_size(path));
    CHECK(touches == 0);
  }
  const VerifyReport report = verify_in(*vault, fixture.run("stranger"), {}, fixture.owner());
  CHECK(report.failed == 0);
  CHECK(touches == 0);
}

}  // namespace valise::test
