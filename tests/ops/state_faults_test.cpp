// The state is disposable: whatever happens to it, no snapshot is wrong, and at worst the next one
// is a full.

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <stdexcept>

#include "ops/backup.hpp"
#include "ops/memory_scene.hpp"
#include "ops/restore.hpp"
#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/file_size_limit.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/test_files.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

void touch_source(const fs::path& source, int round) {
  SampleConnection(source).execute("UPDATE note SET body = 'round " + std::to_string(round) +
                                   "' WHERE id % 90 = " + std::to_string(round % 90));
}

/// Two nights, so that the state holds a full's frames and an increment's.
fs::path after_two_nights(MemoryScene& scene) {
  const fs::path source = scene.fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  static_cast<void>(scene.fixture.night(source));
  touch_source(source, 1);
  static_cast<void>(scene.fixture.night(source));
  scene.move_to_memory();
  return source;
}

/// The file with last night's pages.
fs::path page_file(NightFixture& fixture) {
  for (const auto& entry : fs::directory_iterator(fixture.state_file().parent_path())) {
    if (entry.path().filename().string().starts_with("pages-")) return entry.path();
  }
  throw std::runtime_error("there is no page file");
}

BackupSummary back_up(MemoryScene& scene, const fs::path& source) {
  return backup_to(scene.vault, scene.fixture.run(), {.sources = {source}}, {}).sources.at(0);
}

void all_is_well(MemoryScene& scene, const fs::path& source) {
  CHECK(scene.verify_problems() == "");
  // A state whose damage shows only when it is committed leaves a container behind.
  CHECK(audit_problems_after_a_cut(scene.vault, scene.fixture.run()) == "");
  const fs::path target = scene.fixture.folder() / "target";
  fs::remove_all(target);
  const RestoreResult restored = restore_from(scene.vault, scene.fixture.elsewhere("restorer"),
                                              into(target), scene.fixture.owner());
  CHECK(row_difference(source, restored.database) == "");
}

/// One kind of damage, at a place that the seed says.
std::string garble(Bytes& state, std::mt19937& random) {
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  constexpr std::size_t kPage = 4096;
  const std::size_t pages = std::max<std::size_t>(state.size() / kPage, 1);
  state.resize(std::max(state.size(), kPage));
  switch (below(5)) {
    case 0: {
      const std::size_t size = below(state.size());
      state.resize(size);
      return "cut to " + std::to_string(size);
    }
    case 1: {
      const std::size_t at = below(state.size());
      state[at] ^= static_cast<std::uint8_t>(1U << below(8));
      return "a bit at " + std::to_string(at);
    }
    case 2: {
      const std::size_t page = below(pages);
      for (int i = 0; i < 20; ++i) {
        state[page * kPage + below(kPage)] = static_cast<std::uint8_t>(below(256));
      }
      return "20 bytes of page " + std::to_string(page + 1);
    }
    case 3: {
      const std::size_t page = below(pages);
      std::fill_n(state.begin() + static_cast<std::ptrdiff_t>(page * kPage), kPage,
                  std::uint8_t{0});
      return "zeros at page " + std::to_string(page + 1);
    }
    default: {
      const std::size_t a = below(pages);
      const std::size_t b = below(pages);
      std::swap_ranges(state.begin() + static_cast<std::ptrdiff_t>(a * kPage),
                       state.begin() + static_cast<std::ptrdiff_t>((a + 1) * kPage),
                       state.begin() + static_cast<std::ptrdiff_t>(b * kPage));
      return "pages " + std::to_string(a + 1) + " and " + std::to_string(b + 1) + " swapped";
    }
  }
}

}  // namespace

TEST_SUITE_BEGIN("faults");

TEST_CASE("a garbled state never makes a wrong snapshot and never keeps a backup from being made") {
  MemoryScene scene;
  const fs::path source = after_two_nights(scene);
  touch_source(source, 2);
  const fs::path files[] = {scene.fixture.state_file(), page_file(scene.fixture)};
  std::mt19937 random(20240229);
  int fulls = 0;
  int increments = 0;
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    scene.go_back();
    const fs::path& file = files[round % 3 == 2 ? 1 : 0];
    Bytes state = read_all(file);
    const std::string damage = garble(state, random);
    CAPTURE(file.filename().string());
    CAPTURE(damage);
    write_bytes(file, state);
    BackupSummary summary;
    CHECK_NOTHROW(summary = back_up(scene, source));
    ++(summary.full ? fulls : increments);
    CHECK_NOTHROW(summary = back_up(scene, source));
    all_is_well(scene, source);
  }
  // Both happen: damage that matters, and damage that does not.
  CHECK(fulls > 20);
  CHECK(increments > 20);
}

TEST_CASE("values of the state that SQLite accepts and that make no sense cost a full at worst") {
  const std::string changes[] = {
      "UPDATE source SET page_count = 0",
      "UPDATE source SET page_count = 1",
      "UPDATE source SET page_count = page_count - 1",
      "UPDATE source SET page_count = page_count + 600",
      "UPDATE source SET page_count = 4294967295",
      "UPDATE source SET page_count = -1",
      "UPDATE source SET page_root = x'00'",
      "UPDATE source SET policy = zeroblob(32)",
      "UPDATE source SET page_size = 0",
      "DELETE FROM chain",
      "DELETE FROM chain WHERE position = 0",
      "UPDATE chain SET bytes = bytes + 1",
      "UPDATE chain SET seq = 99",
      "UPDATE chain SET seq = 0",
      "UPDATE chain SET entry_id = zeroblob(32)",
      "UPDATE chain SET bid = zeroblob(5)",
      "DELETE FROM hashes",
      "UPDATE hashes SET sealed = zeroblob(100)",
      "UPDATE hashes SET generation = zeroblob(3)",
      "UPDATE frame_list SET offset = offset + 1",
      "UPDATE frame_list SET offset = -1",
      "UPDATE frame_list SET offset = 1 << 62",
      "UPDATE frame_list SET sealed_bytes = 4294967295",
      "UPDATE frame_list SET sealed_bytes = 0",
      "UPDATE frame_list SET sealed_bytes = -5",
      "UPDATE source SET page_file = ''",
      "UPDATE source SET page_file = 'state.db'",
      "UPDATE source SET page_file = 'pages-none'",
      "UPDATE source SET page_file = 'pages-/../state.db'",
      "DELETE FROM frame_list WHERE row = 1",
      "UPDATE frame_list SET pages = zeroblob(3)",
      "UPDATE frame_list SET pages = x'ffffffffffff'",
      "UPDATE frame_list SET pages = x''",
      "UPDATE frame_list SET plain_bytes = 4294967295",
      "UPDATE frame_list SET plain_bytes = 0",
      "UPDATE frame_list SET number = number + 1",
      "UPDATE frame_list SET generation = x''",
      "UPDATE sqlite_sequence SET seq = 0",
      "INSERT INTO pending VALUES(1, x'0102')",
      "INSERT INTO pending VALUES(1, x'')",
      "DROP TABLE pending",
      "DROP TABLE hashes",
      "DROP TABLE note",
      "ALTER TABLE frame_list RENAME COLUMN offset TO other",
      "PRAGMA user_version = 7",
      "PRAGMA user_version = 0",
      "CREATE TRIGGER no BEFORE INSERT ON pending BEGIN SELECT RAISE(ABORT, 'no'); END",
      "CREATE TRIGGER no BEFORE INSERT ON hashes BEGIN SELECT RAISE(IGNORE); END",
      "DROP TABLE hashes; CREATE TABLE hashes(source UNIQUE ON CONFLICT IGNORE, chunk, "
      "generation, sealed, UNIQUE(source, chunk))",
      "CREATE TRIGGER no BEFORE INSERT ON frame_list BEGIN SELECT RAISE(IGNORE); END",
      "CREATE TRIGGER no BEFORE INSERT ON source BEGIN SELECT RAISE(FAIL, 'no'); END"};
  MemoryScene scene;
  const fs::path source = after_two_nights(scene);
  touch_source(source, 2);
  for (const std::string& change : changes) {
    CAPTURE(change);
    scene.go_back();
    SampleConnection(scene.fixture.state_file()).execute(change);
    CHECK_NOTHROW(static_cast<void>(back_up(scene, source)));
    CHECK_NOTHROW(static_cast<void>(back_up(scene, source)));
    all_is_well(scene, source);
  }
}

TEST_CASE("verbs that only look do without a garbled state") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  static_cast<void>(fixture.night(source));
  const Bytes sound = read_all(fixture.state_file());
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    Bytes state = sound;
    const std::string damage = garble(state, random);
    CAPTURE(damage);
    write_bytes(fixture.state_file(), state);
    CHECK_NOTHROW(CHECK(list_snapshots(fixture.run(), {}).size() == 1));
    CHECK_NOTHROW(CHECK(scrub(fixture.run(), {}).errors == 0));
    CHECK_NOTHROW(CHECK_FALSE(audit(fixture.run(), {}).has_errors()));
  }
}

TEST_CASE("a state that cannot grow fails the backup, and nothing else") {
  MemoryScene scene;
  const fs::path source = after_two_nights(scene);
  touch_source(source, 2);
  for (const bool full : {false, true}) {
    CAPTURE(full);
    int failed = 0;
    bool done = false;
    for (rlim_t limit = 0; !done; limit += 4096) {
      REQUIRE(limit < 4'000'000);
      CAPTURE(limit);
      scene.go_back();
      std::optional<ErrorKind> kind;
      {
        const FileSizeLimit no_room(limit);
        kind = kind_of([&] {
          static_cast<void>(
              backup_to(scene.vault, scene.fixture.run(), {.sources = {source}, .full = full}, {}));
        });
      }
      done = !kind.has_value();
      if (kind) CHECK(kind == ErrorKind::storage);
      failed += kind ? 1 : 0;
      CHECK(scene.verify_problems() == "");
      static_cast<void>(back_up(scene, source));
      all_is_well(scene, source);
    }
    CHECK(failed > 5);
  }
}

TEST_CASE("a state folder that cannot be written to is named, and harms nothing") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  static_cast<void>(fixture.night(source));
  touch_source(source, 1);
  const fs::path state = fixture.state_file().parent_path();
  const auto end = run_in_child([&] {
    if (geteuid() == 0) {
      for (const auto& entry : fs::recursive_directory_iterator(fixture.folder())) {
        if (chown(entry.path().c_str(), 65534, 65534) != 0) return 2;
      }
      if (chown(fixture.folder().c_str(), 65534, 65534) != 0) return 2;
    }
    if (!give_up_privileges()) return 3;
    fs::permissions(state, fs::perms::owner_read | fs::perms::owner_exec);
    for (const char* const name : {"state.db", "lock"}) {
      fs::permissions(state / name, fs::perms::owner_read);
    }
    const auto work = [&] { static_cast<void>(fixture.night(source)); };
    if (kind_of(work) != ErrorKind::storage) return 4;
    if (message_of(work).find(state.string()) == std::string::npos) return 5;
    if (list_snapshots(fixture.run(), {}).size() != 1) return 6;
    fs::permissions(state, fs::perms::owner_all);
    for (const char* const name : {"state.db", "lock"}) {
      fs::permissions(state / name, fs::perms::owner_read | fs::perms::owner_write);
    }
    return fixture.night(source).full ? 7 : 0;
  });
  CHECK(end.exit_code == 0);
  CHECK(row_difference(source, fixture.restore().database) == "");
}

TEST_CASE("a state that is gone, stale or another vault's costs a full at worst") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  static_cast<void>(fixture.night(source));
  const fs::path state = fixture.state_file();
  const Bytes stale = read_all(state);
  touch_source(source, 1);
  CHECK_FALSE(fixture.night(source).full);

  SUBCASE("gone") {
    fs::remove_all(fixture.memory() / "state");
    const BackupSummary next = fixture.night(source);
    CHECK(next.full);
    CHECK(next.why_full == "nothing is known here of an earlier backup of this source");
  }
  SUBCASE("stale") {
    write_bytes(state, stale);
    const BackupSummary next = fixture.night(source);
    CHECK(next.full);
    CHECK(next.why_full == "the state is older than the vault's last backup");
  }
  SUBCASE("another vault's") {
    NightFixture other;
    make_database(other.folder() / "a.db", {.rows = 700});
    static_cast<void>(other.night(other.folder() / "a.db"));
    write_bytes(state, read_all(other.state_file()));
    CHECK(fixture.night(source).full);
  }
  SUBCASE("of the same source and another vault") {
    NightFixture other;
    static_cast<void>(other.night(source));
    SampleConnection(state).execute(
        "DELETE FROM hashes; DELETE FROM frame_list; ATTACH '" + other.state_file().string() +
        "' AS other; INSERT INTO hashes SELECT source.source, chunk, generation, sealed FROM "
        "other.hashes, source; INSERT INTO frame_list SELECT row, source.source, generation, "
        "number, plain_bytes, offset, sealed_bytes, pages FROM other.frame_list, source");
    fs::copy_file(page_file(other), page_file(fixture), fs::copy_options::overwrite_existing);
    CHECK(fixture.night(source).full);
  }
  touch_source(source, 2);
  CHECK_FALSE(fixture.night(source).full);
  CHECK(row_difference(source, fixture.restore().database) == "");
  CHECK(verify(fixture.elsewhere("verifier"), every_snapshot(), fixture.owner()).failed == 0);
  CHECK_FALSE(audit(fixture.run(), {}).has_errors());
}

TEST_CASE("a page file that is gone costs a full, and one that nobody names is deleted") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  static_cast<void>(fixture.night(source));
  const fs::path stray = fixture.state_file().parent_path() / "pages-stray";
  touch_source(source, 1);
  fs::remove(page_file(fixture));
  write_bytes(stray, Bytes(1000, 1));
  CHECK(fixture.night(source).full);
  CHECK_FALSE(fs::exists(stray));
  touch_source(source, 2);
  CHECK_FALSE(fixture.night(source).full);
  CHECK(row_difference(source, fixture.restore().database) == "");
}

TEST_CASE("a device put back to an older image of itself goes on, whatever the image holds") {
  MemoryScene scene;
  const fs::path source = after_two_nights(scene);
  touch_source(source, 2);
  // The image is from between the state's transaction and the entry: it holds an entry that was
  // never published, while the device went on without it.
  const fs::path image = scene.fixture.folder() / "image";
  // The container's commit is the first, the entry's the second.
  FaultyStorage faulty(scene.vault, {2, FaultPlan::Kind::crash, only(StorageCall::commit)});
  CHECK_THROWS_AS(
      static_cast<void>(backup_to(faulty, scene.fixture.run(), {.sources = {source}}, {})), Error);
  replace_folder(scene.fixture.memory(), image);
  fs::remove(scene.fixture.state_file());
  static_cast<void>(back_up(scene, source));
  replace_folder(image, scene.fixture.memory());

  const MemoryStorage::Objects before = scene.vault.snapshot();
  BackupSummary next;
  CHECK_NOTHROW(next = back_up(scene, source));
  CHECK(next.full);
  CHECK(scene.changed_since(before) == "");
  all_is_well(scene, source);
}

TEST_SUITE_END();
