#include "valise/backup.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "base/files.hpp"
#include "bench/history.hpp"
#include "ops/backup.hpp"
#include "source/captured_image.hpp"
#include "storage/local_storage.hpp"
#include "support/effort.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

void change(const fs::path& source, int night) {
  SampleConnection app(source);
  app.execute("BEGIN");
  app.execute("UPDATE note SET body = 'night " + std::to_string(night) +
              " ' || id WHERE id < 800 AND id % 80 = " + std::to_string(night));
  app.execute("INSERT INTO note(id, body, extra) SELECT 1000000 * " + std::to_string(night) +
              " + id, body, extra FROM note WHERE id < 12");
  app.execute("DELETE FROM note WHERE id = 40 + " + std::to_string(night));
  app.execute("COMMIT");
}

/// Three nights; after each, what the vault gives back is what stood there at that moment.
void three_nights_come_back(const SampleOptions& shape) {
  CAPTURE(shape.page_size);
  CAPTURE(shape.journal_mode);
  CAPTURE(shape.encoding);
  CAPTURE(shape.auto_vacuum);
  CAPTURE(shape.reserved_bytes);
  NightFixture fixture;
  const fs::path source = fixture.folder() / "sample.db";
  make_database(source, shape);
  // The app stays open, so that in WAL mode the newest rows stand in the -wal.
  const SampleConnection app(source);
  std::vector<std::string> snapshots;
  for (int night = 0; night < 3; ++night) {
    CAPTURE(night);
    if (night > 0) change(source, night);
    const std::string number = std::to_string(night);
    vacuum_into(source, fixture.folder() / ("rows-" + number));
    const CapturedImage pages = capture_to(source, fixture.folder() / ("pages-" + number));
    const BackupSummary summary = fixture.night(source);
    CHECK(summary.full == (night == 0));
    CHECK(summary.pages * shape.page_size == pages.image.size());
    if (night > 0) CHECK(summary.pages_changed < summary.pages);
    snapshots.push_back(summary.snapshot);
  }
  for (std::size_t night = 0; night < 3; ++night) {
    CAPTURE(night);
    const std::string number = std::to_string(night);
    const RestoreResult restored = fixture.restore(snapshots[night]);
    CHECK(restored.check_problems.empty());
    CHECK(restored.chain_length == night + 1);
    CHECK(read_all(restored.database) == read_all(fixture.folder() / ("pages-" + number)));
    CHECK(row_difference(fixture.folder() / ("rows-" + number), restored.database) == "");
  }
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(verify_problems(storage, fixture.elsewhere("verifier"), fixture.owner()) == "");
}

/// A source after one night.
struct OneNight {
  explicit OneNight(const SampleOptions& shape = {.rows = 900}) {
    make_database(source, shape);
    static_cast<void>(fixture.night(source));
  }
  void execute(const std::string& sql) { SampleConnection(source).execute(sql); }
  void comes_back() { CHECK(row_difference(source, fixture.restore().database) == ""); }
  NightFixture fixture;
  fs::path source = fixture.folder() / "a.db";
};

}  // namespace

TEST_CASE("databases of every shape come back as they were, night by night") {
  SUBCASE("page size 512") { three_nights_come_back({.page_size = 512, .rows = 800}); }
  SUBCASE("page size 1024") { three_nights_come_back({.page_size = 1024, .rows = 800}); }
  SUBCASE("page size 4096") { three_nights_come_back({.rows = 1500}); }
  SUBCASE("page size 65536") {
    three_nights_come_back({.page_size = 65536, .rows = 30000 / kStride});
  }
  SUBCASE("WAL") { three_nights_come_back({.journal_mode = "wal", .rows = 1500}); }
  SUBCASE("a persistent journal") {
    three_nights_come_back({.journal_mode = "persist", .rows = 1500});
  }
  SUBCASE("a truncated journal") {
    three_nights_come_back({.journal_mode = "truncate", .rows = 1500});
  }
  SUBCASE("UTF-16, little-endian") {
    three_nights_come_back({.encoding = "UTF-16le", .rows = 1500});
  }
  SUBCASE("UTF-16, big-endian") { three_nights_come_back({.encoding = "UTF-16be", .rows = 1500}); }
  SUBCASE("auto_vacuum full") { three_nights_come_back({.auto_vacuum = 1, .rows = 1500}); }
  SUBCASE("auto_vacuum incremental") { three_nights_come_back({.auto_vacuum = 2, .rows = 1500}); }
  SUBCASE("reserved bytes") { three_nights_come_back({.reserved_bytes = 32, .rows = 1500}); }
  SUBCASE("without rowid") { three_nights_come_back({.without_rowid = true, .rows = 1500}); }
  SUBCASE("full text") { three_nights_come_back({.full_text = true, .rows = 1500}); }
}

TEST_CASE("a night in which nothing changed is a small increment") {
  OneNight scene;
  const BackupSummary second = scene.fixture.night(scene.source);
  CHECK_FALSE(second.full);
  CHECK(second.pages_changed <= 1);
  CHECK(second.bytes_added < 4096);
  scene.comes_back();
}

TEST_CASE("a database that shrinks and grows again is followed by increments") {
  OneNight scene({.auto_vacuum = 1, .rows = 3000});
  scene.execute("DELETE FROM note WHERE id > 2700");
  const BackupSummary smaller = scene.fixture.night(scene.source);
  CHECK_MESSAGE(!smaller.full, smaller.why_full);
  scene.comes_back();
  scene.execute("INSERT INTO note SELECT id + 5000, body, zeroblob(900) FROM note WHERE id < 40");
  const BackupSummary larger = scene.fixture.night(scene.source);
  CHECK_MESSAGE(!larger.full, larger.why_full);
  CHECK(larger.pages > smaller.pages);
  scene.comes_back();
}

TEST_CASE("a vacuumed database starts a new chain") {
  OneNight scene;
  scene.execute("DELETE FROM note WHERE id % 3 = 0; VACUUM");
  const BackupSummary next = scene.fixture.night(scene.source);
  CHECK(next.full);
  CHECK(next.why_full == "more than half of the pages have changed");
  scene.comes_back();
}

TEST_CASE("a changed page size starts a new chain") {
  OneNight scene;
  scene.execute("PRAGMA page_size = 1024; VACUUM");
  const BackupSummary next = scene.fixture.night(scene.source);
  CHECK(next.full);
  CHECK(next.why_full == "the database's page size changed");
  scene.comes_back();
}

TEST_CASE("a full that is asked for starts a new chain") {
  OneNight scene;
  const BackupSummary next = scene.fixture.night(scene.source, true);
  CHECK(next.full);
  CHECK(next.why_full == "asked for");
  CHECK_FALSE(scene.fixture.night(scene.source).full);
}

TEST_CASE("a chain whose increments outgrow half of its full is ended") {
  OneNight scene({.rows = 3000});
  bool ended = false;
  for (int night = 1; night < 30 && !ended; ++night) {
    scene.execute("UPDATE note SET extra = randomblob(300) WHERE id BETWEEN " +
                  std::to_string(night * 100) + " AND " + std::to_string(night * 100 + 99));
    const BackupSummary summary = scene.fixture.night(scene.source);
    ended = summary.full;
    if (ended) {
      CHECK(summary.why_full == "the chain's increments are more than half as large as its full");
    }
  }
  CHECK(ended);
  scene.comes_back();
}

TEST_CASE("a container that is missing, cut or found damaged ends its chain") {
  OneNight scene;
  LocalStorage storage = LocalStorage::open(scene.fixture.vault());
  const fs::path container = scene.fixture.vault() / storage.list("backups").at(0).name;
  REQUIRE(fs::exists(container));
  std::string why;
  SUBCASE("missing") {
    fs::remove(container);
    why = "is missing from the vault";
  }
  SUBCASE("cut") {
    fs::resize_file(container, fs::file_size(container) - 1);
    why = "has not the size that was written";
  }
  SUBCASE("damaged") {
    Bytes bytes = read_all(container);
    bytes[bytes.size() / 2] ^= 1;
    static_cast<void>(write_file(container, bytes, 0600, Existing::replace));
    CHECK(scrub(scene.fixture.run(), {}).errors == 1);
    why = "was found damaged by a scrub";
  }
  const BackupSummary next = scene.fixture.night(scene.source);
  CHECK(next.full);
  CHECK(next.why_full.find(why) != std::string::npos);
  CHECK(next.why_full.find(container.filename().string()) != std::string::npos);
  scene.comes_back();
}

TEST_CASE("a clock that was set back changes neither the order of backups nor what is restored") {
  OneNight scene;
  scene.execute("UPDATE note SET body = 'second' WHERE id = 1");
  scene.fixture.clock.set(scene.fixture.clock.now() - 400 * 86400);
  const BackupSummary second = scene.fixture.night(scene.source);
  CHECK_FALSE(second.full);
  scene.execute("UPDATE note SET body = 'third' WHERE id = 1");
  const BackupSummary third = scene.fixture.night(scene.source);
  CHECK_FALSE(third.full);
  const auto rows = list_snapshots(scene.fixture.run(), {});
  REQUIRE(rows.size() == 3);
  CHECK(rows[2].snapshot == third.snapshot);
  scene.comes_back();
  LocalStorage storage = LocalStorage::open(scene.fixture.vault());
  CHECK(verify_problems(storage, scene.fixture.elsewhere("v"), scene.fixture.owner()) == "");
}

TEST_CASE("a log that was rolled back is told, and the backup is a full") {
  OneNight scene;
  const fs::path older = scene.fixture.folder() / "older";
  replace_folder(scene.fixture.vault(), older);
  scene.execute("UPDATE note SET body = 'second' WHERE id = 1");
  static_cast<void>(scene.fixture.night(scene.source));
  replace_folder(older, scene.fixture.vault());

  scene.execute("UPDATE note SET body = 'third' WHERE id = 1");
  scene.fixture.clock.advance(86400);
  const BackupReport report = backup(scene.fixture.run(), {.sources = {scene.source}});
  CHECK(report.rolled_back);
  CHECK(report.sources.at(0).full);
  CHECK(report.sources.at(0).why_full == "the vault's log is older than this device remembers");
  scene.comes_back();
  CHECK(audit(scene.fixture.run(), {}).has_errors());
  // Told once; the chain goes on from there.
  const BackupReport next = backup(scene.fixture.run(), {.sources = {scene.source}});
  CHECK_FALSE(next.rolled_back);
  CHECK_FALSE(next.sources.at(0).full);
  scene.comes_back();
}

TEST_CASE("an own entry that is gone or damaged in the middle of the log starts a new chain") {
  NightFixture fixture;
  const fs::path first = fixture.folder() / "first.db";
  const fs::path second = fixture.folder() / "second.db";
  make_database(first, {.rows = 600});
  make_database(second, {.rows = 600});
  static_cast<void>(fixture.night({first, second}));
  const std::string signer = audit(fixture.run(), {}).backups.at(0).signer;
  const fs::path entry = fixture.vault() / "log" / signer / "0000000001.entry";
  SUBCASE("gone") { fs::remove(entry); }
  SUBCASE("damaged") {
    Bytes bytes = read_all(entry);
    bytes[bytes.size() / 2] ^= 1;
    static_cast<void>(write_file(entry, bytes, 0600, Existing::replace));
  }
  BackupReport report;
  CHECK_NOTHROW(report = fixture.night({first, second}));
  REQUIRE(report.sources.size() == 2);
  CHECK(report.sources[0].full);
  CHECK_FALSE(report.sources[1].full);
  for (const fs::path& source : {first, second}) {
    CHECK(row_difference(source, fixture.restore("latest", source.filename()).database) == "");
  }
}

TEST_CASE("a last own entry that is damaged does not keep backups from being made") {
  OneNight scene;
  const std::string signer = audit(scene.fixture.run(), {}).backups.at(0).signer;
  const fs::path entry = scene.fixture.vault() / "log" / signer / "0000000001.entry";
  Bytes bytes = read_all(entry);
  bytes[bytes.size() / 2] ^= 1;
  static_cast<void>(write_file(entry, bytes, 0600, Existing::replace));
  BackupReport report;
  CHECK_NOTHROW(report = backup(scene.fixture.run(), {.sources = {scene.source}}));
  REQUIRE(report.sources.size() == 1);
  CHECK(report.sources[0].full);
  REQUIRE_FALSE(scene.fixture.warnings.empty());
  CHECK(scene.fixture.warnings[0].find("0000000001.entry") != std::string::npos);
  scene.comes_back();
  CHECK_FALSE(backup(scene.fixture.run(), {.sources = {scene.source}}).sources.at(0).full);
  scene.comes_back();
}

TEST_CASE("the second of two backups at once is refused, or waits") {
  OneNight scene;
  const fs::path lock = scene.fixture.state_file().parent_path() / "lock";
  std::atomic<bool> held{false};
  std::jthread other([&](const std::stop_token& stop) {
    std::optional<FileLock> mine(std::in_place, lock, 0, "the test");
    held = true;
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    mine.reset();
  });
  while (!held) std::this_thread::yield();
  const auto work = [&] { static_cast<void>(scene.fixture.night(scene.source)); };
  CHECK(kind_of(work) == ErrorKind::locked);
  CHECK(message_of(work).find(scene.fixture.vault().string()) != std::string::npos);

  Run patient = scene.fixture.run();
  patient.lock_wait_seconds = 60;
  Cancellation cancellation;
  patient.cancellation = &cancellation;
  std::jthread impatience([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    cancellation.request();
  });
  CHECK(kind_of([&] { static_cast<void>(backup(patient, {.sources = {scene.source}})); }) ==
        ErrorKind::cancelled);
  impatience.join();

  patient.cancellation = nullptr;
  std::jthread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    other.request_stop();
  });
  CHECK_NOTHROW(static_cast<void>(backup(patient, {.sources = {scene.source}})));
  scene.comes_back();
}

TEST_CASE("runs that back up one source at once all end well or are told to wait") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  bench::create_history(source, {.messages = 3000});
  // The fixture's clock is weeks ahead of the one that dates files: a run sweeps what others left
  // in tmp/ a week ago, and not what they are writing.
  fixture.clock.set(system_clock().now() + 60 * kDay);
  static_cast<void>(backup(fixture.run(), {.sources = {source}}));
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  std::atomic<int> other{0};
  {
    std::vector<std::jthread> runs;
    for (int i = 0; i < 4; ++i) {
      runs.emplace_back([&, i] {
        Run run = fixture.run();
        run.on_warning = {};
        run.lock_wait_seconds = i % 2 == 0 ? 0 : 60;
        for (int night = 0; night < 3; ++night) {
          const auto kind = kind_of([&] { static_cast<void>(backup(run, {.sources = {source}})); });
          ++(!kind ? done : kind == ErrorKind::locked && i % 2 == 0 ? refused : other);
        }
      });
    }
  }
  CHECK(other == 0);
  CHECK(done >= 6);
  CHECK(done + refused == 12);
  CHECK(list_snapshots(fixture.run(), {}).size() == static_cast<std::size_t>(done) + 1);
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(verify_problems(storage, fixture.elsewhere("v"), fixture.owner()) == "");
  CHECK(audit_problems(storage, fixture.run()) == "");
}

TEST_CASE("a source that cannot be read does not keep the others from being backed up") {
  NightFixture fixture;
  const fs::path first = fixture.folder() / "first.db";
  const fs::path second = fixture.folder() / "second.db";
  make_database(first, {.rows = 300});
  make_database(second, {.rows = 300});
  static_cast<void>(fixture.night({first, second}));
  SUBCASE("gone") { fs::remove(first); }
  SUBCASE("no database any more") {
    static_cast<void>(write_file(first, Bytes(5000, 'x'), 0600, Existing::replace));
  }
  SampleConnection(second).execute("UPDATE note SET body = 'tonight' WHERE id = 7");
  std::vector<BackupSummary> summaries;
  const BackupReport report = backup(
      fixture.run(), {}, [&](const BackupSummary& summary) { summaries.push_back(summary); });
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].kind() == ErrorKind::source);
  const std::string message = report.failures[0].what();
  CHECK(message.find(first.string()) != std::string::npos);
  CHECK((message.find("--forget") != std::string::npos) == !fs::exists(first));
  REQUIRE(summaries.size() == 1);
  CHECK(summaries[0].source == fs::canonical(second));
  CHECK(row_difference(second, fixture.restore("latest", "second.db").database) == "");
}

TEST_CASE("a backup without a source and without an earlier one says what to do") {
  NightFixture fixture;
  const auto work = [&] { static_cast<void>(backup(fixture.run(), {})); };
  CHECK(kind_of(work) == ErrorKind::usage);
  CHECK(message_of(work).find("name a database") != std::string::npos);
}

TEST_CASE("a dry run tells what tonight would do, and writes nothing") {
  OneNight scene;
  scene.execute("UPDATE note SET body = 'x' WHERE id = 5");
  LocalStorage storage = LocalStorage::open(scene.fixture.vault());
  const auto before = storage.list("");
  BackupReport report = backup(scene.fixture.run(), {.sources = {scene.source}, .dry_run = true});
  REQUIRE(report.sources.size() == 1);
  CHECK(report.sources[0].dry_run);
  CHECK_FALSE(report.sources[0].full);
  CHECK(report.sources[0].pages_changed > 0);
  CHECK(report.sources[0].pages_changed < 6);
  CHECK(report.sources[0].snapshot.empty());
  scene.execute("UPDATE note SET extra = randomblob(500)");
  report = backup(scene.fixture.run(), {.sources = {scene.source}, .dry_run = true});
  CHECK(report.sources.at(0).full);
  CHECK(report.sources.at(0).why_full == "more than half of the pages have changed");
  CHECK(storage.list("").size() == before.size());
}

TEST_CASE("a dry run writes nothing at all, on a device with a state and on one without") {
  OneNight scene;
  scene.execute("UPDATE note SET body = 'x' WHERE id = 5");
  SUBCASE("with a state") {}
  SUBCASE("without one") { fs::remove_all(scene.fixture.memory() / "state"); }
  SUBCASE("with one that lost its hashes") {
    SampleConnection(scene.fixture.state_file()).execute("DELETE FROM hashes");
  }
  SUBCASE("with a damaged one") {
    SampleConnection(scene.fixture.state_file()).execute("DROP TABLE hashes");
  }
  std::map<std::string, std::pair<fs::file_time_type, Bytes>> before;
  const auto everything = [&] {
    std::map<std::string, std::pair<fs::file_time_type, Bytes>> files;
    for (const auto& entry : fs::recursive_directory_iterator(scene.fixture.folder())) {
      const bool regular = entry.is_regular_file();
      files[entry.path().string()] = {entry.last_write_time(),
                                      regular ? read_all(entry.path()) : Bytes{}};
    }
    return files;
  };
  before = everything();
  const BackupReport report =
      backup(scene.fixture.run(), {.sources = {scene.source}, .dry_run = true});
  CHECK(report.sources.size() == 1);
  const auto after = everything();
  REQUIRE(after.size() == before.size());
  for (const auto& file : before) {
    CAPTURE(file.first);
    CHECK(after.at(file.first) == file.second);
  }
}

TEST_CASE("a source that is forgotten is not backed up by itself any more") {
  NightFixture fixture;
  const fs::path first = fixture.folder() / "first.db";
  const fs::path second = fixture.folder() / "second.db";
  make_database(first, {.rows = 30});
  make_database(second, {.rows = 30});
  static_cast<void>(fixture.night({first, second}));
  SUBCASE("it is there") {}
  SUBCASE("it is gone") { fs::remove(first); }
  forget_sources(fixture.run(), {first});
  const BackupReport report = backup(fixture.run(), {});
  CHECK(report.failures.empty());
  REQUIRE(report.sources.size() == 1);
  CHECK(report.sources[0].source == fs::canonical(second));
  CHECK(list_snapshots(fixture.run(), {}).size() == 3);
  const auto again = [&] { forget_sources(fixture.run(), {first}); };
  CHECK(kind_of(again) == ErrorKind::usage);
  CHECK(message_of(again).find("second.db") != std::string::npos);
}

TEST_CASE("a failed source is told of, though a later failure ends the run") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_database(source, {.rows = 30});
  LocalStorage storage = LocalStorage::open(fixture.vault());
  FaultyStorage faulty(storage, {1, FaultPlan::Kind::crash, only(StorageCall::put)});
  std::vector<std::string> failures;
  const auto work = [&] {
    static_cast<void>(backup_to(faulty, fixture.run(),
                                {.sources = {fixture.folder() / "absent.db", source}}, {},
                                [&](const Error& error) { failures.push_back(error.what()); }));
  };
  CHECK(kind_of(work) == ErrorKind::storage);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].find("absent.db") != std::string::npos);
}

TEST_CASE("a rolled-back vault is told of, though a source could not be read") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "chat.db";
  make_database(source, {.rows = 30});
  static_cast<void>(fixture.night(source));
  const fs::path old = fixture.folder() / "old";
  fs::copy(fixture.vault(), old, fs::copy_options::recursive);
  static_cast<void>(fixture.night(source));
  replace_folder(old, fixture.vault());
  const BackupReport report =
      backup(fixture.run(), {.sources = {fixture.folder() / "absent.db", source}});
  CHECK(report.failures.size() == 1);
  CHECK(report.sources.size() == 1);
  CHECK(report.rolled_back);
}
