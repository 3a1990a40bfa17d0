// Backups and restores are killed at random moments, in a process of their own.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "bench/history.hpp"
#include "storage/local_storage.hpp"
#include "support/effort.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/test_files.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;
using Microseconds = std::chrono::microseconds;

/// Runs `work` in a child and ends it with `signal` after `delay`. False when the work was faster.
bool interrupted(const std::function<void()>& work, Microseconds delay, int signal) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      work();
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  std::this_thread::sleep_for(delay);
  kill(child, signal);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) return true;
  CHECK(WEXITSTATUS(status) == 0);
  return false;
}

/// How long `work` takes when nothing stops it.
Microseconds duration_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - start);
}

/// A device and its vault, and moments to which both can go back.
class KillScene {
 public:
  KillScene() {
    bench::create_history(source, {.messages = 8'000});
    keep("nothing yet");
    static_cast<void>(fixture.night(source));
    change();
    static_cast<void>(fixture.night(source));
    change();
    keep("two nights");
  }
  void change() { bench::apply_night(source, {.seed = ++seed_}); }
  void keep(const std::string& name) {
    for (const char* const part : {"vault", "device"}) {
      replace_folder(fixture.folder() / part, kept(name, part));
    }
  }
  void go_back(const std::string& name) {
    for (const char* const part : {"vault", "device"}) {
      replace_folder(kept(name, part), fixture.folder() / part);
    }
  }
  void back_up(bool full = false) {
    static_cast<void>(backup(fixture.run(), {.sources = {source}, .full = full}));
  }
  void all_is_well() {
    LocalStorage storage = LocalStorage::open(fixture.vault());
    CHECK(verify_problems(storage, fixture.elsewhere("verifier"), fixture.owner()) == "");
    CHECK(scrub_problems(storage, fixture.run()) == "");
    CHECK(audit_problems_after_a_cut(storage, fixture.run()) == "");
  }
  [[nodiscard]] std::size_t snapshots() { return list_snapshots(fixture.run(), {}).size(); }

  NightFixture fixture;
  fs::path source = fixture.folder() / "chat.db";

 private:
  [[nodiscard]] fs::path kept(const std::string& name, const char* part) {
    return fixture.folder() / "kept" / name / part;
  }
  std::uint64_t seed_ = 0;
};

Microseconds some_of(Microseconds duration, std::mt19937& random) {
  return Microseconds(
      std::uniform_int_distribution<std::int64_t>(0, duration.count() * 21 / 20)(random));
}

}  // namespace

TEST_SUITE_BEGIN("kill");

TEST_CASE("kill -9 in a backup harms no older snapshot, and the next run succeeds") {
  KillScene scene;
  std::mt19937 random(19);
  struct Kind {
    const char* moment;
    bool full;
    std::size_t snapshots;  ///< Before.
  };
  int killed = 0;
  for (const Kind kind :
       {Kind{"nothing yet", false, 0}, {"two nights", false, 2}, {"two nights", true, 2}}) {
    scene.go_back(kind.moment);
    const Microseconds whole = duration_of([&] { scene.back_up(kind.full); });
    for (unsigned round = 0; round < 10; round += kStride) {
      scene.go_back(kind.moment);
      const Microseconds delay = some_of(whole, random);
      CAPTURE(kind.moment);
      CAPTURE(delay.count());
      killed += interrupted([&] { scene.back_up(kind.full); }, delay, SIGKILL) ? 1 : 0;
      const std::size_t after = scene.snapshots();
      CHECK((after == kind.snapshots || after == kind.snapshots + 1));
      if (after > 0) scene.all_is_well();
      CHECK_NOTHROW(scene.back_up());
      CHECK(scene.snapshots() >= after + 1);
      scene.all_is_well();
    }
  }
  CHECK(killed >= (kStride == 1 ? 15 : 5));
}

TEST_CASE("kill -9 again and again in the nights of one vault") {
  KillScene scene;
  scene.go_back("two nights");
  std::mt19937 random(23);
  const Microseconds whole = duration_of([&] { scene.back_up(); });
  for (unsigned round = 0; round < 10; round += kStride) {
    scene.change();
    for (int attempt = 0; attempt < 3; ++attempt) {
      static_cast<void>(interrupted([&] { scene.back_up(); }, some_of(whole, random), SIGKILL));
    }
  }
  CHECK_NOTHROW(scene.back_up());
  scene.all_is_well();
  const RestoreResult restored = scene.fixture.restore();
  CHECK(row_difference(scene.source, restored.database) == "");
}

TEST_CASE("kill -9 in a restore leaves the old set, or the new database alone") {
  KillScene scene;
  scene.go_back("two nights");
  scene.back_up();
  const fs::path whole = scene.fixture.restore().database;
  const fs::path to = scene.fixture.folder() / "to";
  const RestoreOptions options = over(to);
  const auto restore_over = [&] {
    static_cast<void>(restore(scene.fixture.elsewhere("other"), options, scene.fixture.owner()));
  };
  const Microseconds duration = duration_of(restore_over);
  std::mt19937 random(29);
  int killed = 0;
  for (unsigned round = 0; round < 16; round += kStride) {
    fs::remove_all(to);
    fs::create_directory(to);
    const bool had_old = round % 2 == 0;
    if (had_old) {
      write_text(to / "chat.db", "the old database");
      write_text(to / "chat.db-wal", "the old wal");
    }
    const Microseconds delay = some_of(duration, random);
    CAPTURE(delay.count());
    killed += interrupted(restore_over, delay, SIGKILL) ? 1 : 0;
    const bool has_wal = fs::exists(to / "chat.db-wal");
    const bool has_database = fs::exists(to / "chat.db");
    if (has_wal && has_database) {
      REQUIRE(had_old);
      CHECK(text_at(to / "chat.db-wal") == "the old wal");
      CHECK(text_at(to / "chat.db") == "the old database");
    } else if (has_database) {
      CHECK(read_all(to / "chat.db") == read_all(whole));
    } else if (had_old) {
      // Between the renames: what is gone stands aside, whole.
      std::size_t aside = 0;
      for (const std::string& name : names_in(to)) aside += name.find(".replaced-") != name.npos;
      CHECK(aside == (has_wal ? 1 : 2));
    }
    CHECK_NOTHROW(restore_over());
    CHECK(read_all(to / "chat.db") == read_all(whole));
    CHECK_FALSE(fs::exists(to / "chat.db-wal"));
    for (const std::string& name : names_in(to)) CHECK_FALSE(name.ends_with(".partial"));
  }
  CHECK(killed >= (kStride == 1 ? 8 : 2));
}

TEST_CASE("a cancelled verb ends with nothing half-written, whenever it is cancelled") {
  KillScene scene;
  scene.go_back("two nights");
  const fs::path to = scene.fixture.folder() / "to";
  enum class Verb { first, increment, restore, verify, scrub };
  for (const Verb verb : {Verb::first, Verb::increment, Verb::restore, Verb::verify, Verb::scrub}) {
    CAPTURE(static_cast<int>(verb));
    int cancelled = 0;
    for (std::uint64_t at = 1; at < 400; at = at * 2 + 1) {
      CAPTURE(at);
      scene.go_back("two nights");
      fs::remove_all(to);
      Cancellation cancellation;
      Run run = scene.fixture.run();
      run.cancellation = &cancellation;
      std::uint64_t steps = 0;
      run.on_progress = [&](const Progress&) {
        if (++steps == at) cancellation.request();
      };
      std::optional<ErrorKind> kind;
      try {
        if (verb == Verb::first || verb == Verb::increment) {
          static_cast<void>(backup(run, {.sources = {scene.source}, .full = verb == Verb::first}));
        } else if (verb == Verb::restore) {
          static_cast<void>(restore(run, into(to), scene.fixture.owner()));
        } else if (verb == Verb::verify) {
          static_cast<void>(verify(run, every_snapshot(), scene.fixture.owner()));
        } else {
          static_cast<void>(scrub(run, {}));
        }
      } catch (const Error& error) {
        kind = error.kind();
      }
      if (steps < at) break;
      if (kind) CHECK(kind == ErrorKind::cancelled);
      cancelled += kind ? 1 : 0;
      LocalStorage storage = LocalStorage::open(scene.fixture.vault());
      CHECK(storage.list("tmp").empty());
      CHECK(storage.list("backups").size() == scene.snapshots());
      if (kind && verb == Verb::restore) CHECK(names_in(to).empty());
    }
    CHECK(cancelled > 0);
    CHECK_NOTHROW(scene.back_up());
    scene.all_is_well();
  }
}

TEST_SUITE_END();
