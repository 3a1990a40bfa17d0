#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "source/captured_image.hpp"
#include "source/live_database.hpp"
#include "support/sample_database.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace valise;
using test::CapturedImage;
using test::SampleConnection;
using test::TempFolder;

/// Adds rows and notes their number and sum in `marker`, in one transaction: any state that holds
/// half a transaction shows.
void write_once(SampleConnection& app, int round) {
  app.execute("BEGIN IMMEDIATE");
  app.execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) "
      "INSERT INTO note(body, extra) SELECT 'round ' || " +
      std::to_string(round) + " || ' ' || i, randomblob(300) FROM n");
  app.execute("DELETE FROM note WHERE id % 97 = " + std::to_string(round % 97));
  app.execute(
      "UPDATE marker SET rows = (SELECT count(*) FROM note), "
      "total = (SELECT sum(id) FROM note), round = " +
      std::to_string(round));
  app.execute("COMMIT");
}

void prepare(const std::filesystem::path& path, const char* journal) {
  test::make_database(path, {.journal_mode = journal, .rows = 3000});
  SampleConnection app(path);
  app.execute("CREATE TABLE marker(rows, total, round)");
  app.execute("INSERT INTO marker SELECT count(*), sum(id), 0 FROM note");
}

void require_consistent(const CapturedImage& captured, const std::filesystem::path& copy) {
  captured.write(copy);
  SampleConnection restored(copy);
  CHECK(restored.text("PRAGMA integrity_check") == "ok");
  CHECK(restored.number("SELECT rows = (SELECT count(*) FROM note) AND "
                        "total = (SELECT sum(id) FROM note) FROM marker") == 1);
}

/// Captures while another thread writes; the summary comes from before, the pages from after.
void capture_under_writer(const char* journal) {
  CAPTURE(journal);
  TempFolder folder;
  const auto path = folder.path() / "a.db";
  prepare(path, journal);
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::thread writer([&] {
    SampleConnection app(path);
    app.execute("PRAGMA synchronous=OFF");
    app.execute("PRAGMA wal_autocheckpoint=50");
    while (!stop) {
      write_once(app, ++rounds);
      // In rollback mode a writer without a pause would leave no reader a gap.
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  int captures_with_writes = 0;
  for (int i = 0; i < 12; ++i) {
    const int before = rounds;
    LiveDatabase database = LiveDatabase::open(path);
    const std::uint64_t counted = database.summarize().messages;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CapturedImage captured;
    database.capture(captured);
    if (rounds > before) ++captures_with_writes;
    const auto copy = folder.path() / ("copy" + std::to_string(i));
    require_consistent(captured, copy);
    SampleConnection restored(copy);
    CHECK(static_cast<std::uint64_t>(restored.number(
              "SELECT (SELECT count(*) FROM note) + (SELECT count(*) FROM marker)")) == counted);
  }
  stop = true;
  writer.join();
  CHECK(captures_with_writes > 0);
}

}  // namespace

TEST_CASE("a capture is one moment of a database that another thread writes, in WAL mode") {
  capture_under_writer("wal");
}

TEST_CASE("a capture is one moment of a database that another thread writes, in rollback mode") {
  capture_under_writer("delete");
  capture_under_writer("persist");
}

TEST_CASE("a capture is one moment of a database that another process writes") {
  for (const char* journal : {"wal", "delete"}) {
    CAPTURE(journal);
    TempFolder folder;
    const auto path = folder.path() / "a.db";
    prepare(path, journal);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        SampleConnection app(path);
        app.execute("PRAGMA synchronous=OFF");
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
        for (int round = 1; std::chrono::steady_clock::now() < end; ++round) {
          write_once(app, round);
          usleep(2000);
        }
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    int captures = 0;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      LiveDatabase database = LiveDatabase::open(path);
      CapturedImage captured;
      database.capture(captured);
      require_consistent(captured, folder.path() / ("copy" + std::to_string(captures++)));
    }
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(captures > 1);
  }
}

TEST_CASE("two captures at once do not mix, and neither drops the other's locks") {
  TempFolder folder;
  for (const char* journal : {"wal", "delete"}) {
    const auto path = folder.path() / journal;
    prepare(path, journal);
    CapturedImage expected;
    LiveDatabase::open(path).capture(expected);
    std::array<std::thread, 2> threads;
    std::array<int, 2> equal{};
    for (std::size_t t = 0; t < threads.size(); ++t) {
      threads[t] = std::thread([&, t] {
        for (int i = 0; i < 20; ++i) {
          CapturedImage captured;
          LiveDatabase::open(path).capture(captured);
          if (captured.image == expected.image) ++equal[t];
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(equal[0] == 20);
    CHECK(equal[1] == 20);
  }
  // A second database object that comes and goes must not let a writer in on the first.
  const auto path = folder.path() / "delete";
  LiveDatabase reading = LiveDatabase::open(path);
  { const LiveDatabase passing = LiveDatabase::open(path); }
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Asked from another process, the system tells of this one's locks. SQLite's shared lock lies
    // on 510 bytes from here on (https://www.sqlite.org/lockingv3.html).
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000002;
    lock.l_len = 510;
    const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0 || fcntl(fd, F_GETLK, &lock) != 0) _exit(2);
    _exit(lock.l_type == F_RDLCK ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
}
