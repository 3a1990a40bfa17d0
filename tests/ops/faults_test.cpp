// A backup meets a fault at every call that it makes to its storage, one after the other.

#include <doctest/doctest.h>

#include "ops/backup.hpp"
#include "ops/memory_scene.hpp"
#include "ops/restore.hpp"
#include "support/effort.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

using Sources = std::vector<fs::path>;

void restores_to(MemoryScene& scene, const fs::path& source) {
  const fs::path target = scene.fixture.folder() / "target";
  fs::remove_all(target);
  RestoreOptions options = into(target);
  options.source = source.filename().string();
  const RestoreResult restored = restore_from(scene.vault, scene.fixture.elsewhere("restorer"),
                                              options, scene.fixture.owner());
  CHECK(row_difference(source, restored.database) == "");
  const fs::path attachments = source.parent_path() / "Attachments";
  for (const std::string& name : names_in(attachments)) {
    CHECK(text_at(target / "Attachments" / name) == text_at(attachments / name));
  }
}

/// One night under a fault, and the next one without.
/// False when the plan's fault did not happen any more.
bool survives(MemoryScene& scene, const Sources& sources, const FaultPlan& plan) {
  scene.go_back();
  const MemoryStorage::Objects before = scene.vault.snapshot();
  FaultyStorage faulty(scene.vault, plan);
  const auto kind = kind_of(
      [&] { static_cast<void>(backup_to(faulty, scene.fixture.run(), {.sources = sources}, {})); });
  if (!faulty.failed()) {
    CHECK_FALSE(kind.has_value());
    return false;
  }
  if (kind) {
    CHECK(kind == ErrorKind::storage);
  } else {
    // The end of an earlier container was not readable for once: a new chain began, and it is
    // whole.
    for (const fs::path& source : sources) restores_to(scene, source);
  }
  CHECK(scene.changed_since(before) == "");
  if (!before.empty()) CHECK(scene.verify_problems() == "");

  const MemoryStorage::Objects between = scene.vault.snapshot();
  const BackupReport next = backup_to(scene.vault, scene.fixture.run(), {.sources = sources}, {});
  CHECK(next.sources.size() == sources.size());
  CHECK_FALSE(next.rolled_back);
  CHECK(scene.changed_since(between) == "");
  CHECK(scene.verify_problems() == "");
  CHECK(scrub_problems(scene.vault, scene.fixture.run()) == "");
  CHECK(audit_problems_after_a_cut(scene.vault, scene.fixture.run()) == "");
  for (const fs::path& source : sources) restores_to(scene, source);
  return true;
}

void survive_every_fault(MemoryScene& scene, const Sources& sources) {
  using Kind = FaultPlan::Kind;
  for (const Kind kind : {Kind::error, Kind::error_after, Kind::crash, Kind::crash_after}) {
    // With a stride, the kinds begin at different calls.
    std::uint64_t at = 1 + static_cast<std::uint64_t>(kind) % kStride;
    while (survives(scene, sources, {at, kind, kEveryCall})) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(at);
      at += kStride;
    }
    // The object `vault`, the logs, the container, its reading back, the entry.
    CHECK(at > 10);
  }
  // Only a write can be torn.
  std::uint64_t at = 1;
  while (survives(scene, sources, {at, Kind::torn_write, only(StorageCall::write)})) ++at;
  CHECK(at > 2);
}

/// A database after a first night, changed since.
fs::path after_one_night(MemoryScene& scene, const std::string& name) {
  const fs::path source = scene.fixture.folder() / name;
  make_database(source, {.rows = 700});
  static_cast<void>(scene.fixture.night(source));
  SampleConnection(source).execute("UPDATE note SET body = body || ' again' WHERE id % 90 = 0");
  return source;
}

}  // namespace

TEST_SUITE_BEGIN("faults");

TEST_CASE("a first backup survives a fault at every call of its storage") {
  MemoryScene scene;
  const fs::path source = scene.fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  // An older snapshot that nothing may harm.
  static_cast<void>(after_one_night(scene, "older.db"));
  scene.move_to_memory();
  survive_every_fault(scene, {source});
}

TEST_CASE("an increment survives a fault at every call of its storage") {
  MemoryScene scene;
  const fs::path source = after_one_night(scene, "a.db");
  scene.move_to_memory();
  survive_every_fault(scene, {source});
  scene.go_back();
  const auto report = backup_to(scene.vault, scene.fixture.run(), {.sources = {source}}, {});
  CHECK_MESSAGE(!report.sources.at(0).full, report.sources.at(0).why_full);
}

TEST_CASE("a backup with attachments survives a fault at every call of its storage") {
  MemoryScene scene;
  const fs::path source = scene.fixture.folder() / "Messages" / "chat.db";
  fs::create_directories(source.parent_path() / "Attachments");
  make_imessage_database(source, 300);
  const auto put = [&](const std::string& name) {
    write_text(source.parent_path() / "Attachments" / name, "content of " + name);
  };
  put("a");
  put("b");
  static_cast<void>(scene.fixture.night(source));
  put("b");
  put("c");
  fs::remove(source.parent_path() / "Attachments" / "a");
  SampleConnection(source).execute("DELETE FROM message WHERE ROWID = 7");
  scene.move_to_memory();
  survive_every_fault(scene, {source});
}

TEST_CASE("a backup after a change of policy survives a fault at every call of its storage") {
  MemoryScene scene;
  const fs::path source = after_one_night(scene, "a.db");
  static_cast<void>(scene.fixture.put_under_escrow());
  scene.move_to_memory();
  survive_every_fault(scene, {source});
  scene.go_back();
  const auto report = backup_to(scene.vault, scene.fixture.run(), {.sources = {source}}, {});
  CHECK(report.sources.at(0).policy == "escrow");
  CHECK(report.sources.at(0).why_full == "the policy changed");
}

TEST_CASE("a backup of several sources survives a fault at every call of its storage") {
  MemoryScene scene;
  const fs::path first = after_one_night(scene, "first.db");
  const fs::path second = scene.fixture.folder() / "second.db";
  make_database(second, {.journal_mode = "wal", .rows = 300});
  scene.move_to_memory();
  survive_every_fault(scene, {first, second});
}

TEST_CASE("an entry whose publishing was cut short is published by the next run, byte for byte") {
  MemoryScene scene;
  const fs::path source = after_one_night(scene, "a.db");
  scene.move_to_memory();
  // The container is committed; the entry's put is the last one.
  FaultyStorage counting(scene.vault, {});
  static_cast<void>(backup_to(counting, scene.fixture.run(), {.sources = {source}}, {}));
  const std::uint64_t commits = counting.calls(StorageCall::commit);
  CHECK(commits == 2);
  for (const auto kind : {FaultPlan::Kind::crash, FaultPlan::Kind::crash_after}) {
    scene.go_back();
    FaultyStorage faulty(scene.vault, {commits, kind, only(StorageCall::commit)});
    CHECK_THROWS_AS(
        static_cast<void>(backup_to(faulty, scene.fixture.run(), {.sources = {source}}, {})),
        Error);
    const std::size_t snapshots = scene.vault.list("backups").size();
    scene.fixture.warnings.clear();
    // Nothing has changed since, and the snapshot cut short counts as last night's.
    const auto report = backup_to(scene.vault, scene.fixture.run(), {.sources = {source}}, {});
    CHECK_MESSAGE(!report.sources.at(0).full, report.sources.at(0).why_full);
    CHECK(report.sources.at(0).pages_changed <= 1);
    CHECK(scene.vault.list("backups").size() == snapshots + 1);
    CHECK(scene.verify_problems() == "");
    CHECK(audit_problems(scene.vault, scene.fixture.run()) == "");
    if (kind == FaultPlan::Kind::crash) {
      REQUIRE(scene.fixture.warnings.size() == 1);
      CHECK(scene.fixture.warnings[0].find("was cut short") != std::string::npos);
    }
  }
}

TEST_SUITE_END();
