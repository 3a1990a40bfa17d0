// A prune meets a fault at every call that it makes to its storage, one after the other.

#include <doctest/doctest.h>

#include "ops/memory_scene.hpp"
#include "ops/prune.hpp"
#include "support/effort.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/sample_database.hpp"

namespace {

using namespace valise;
using namespace valise::test;

PruneOptions keep_one() {
  PruneOptions options;
  options.keep.last = 1;
  return options;
}

std::size_t containers(const MemoryScene& scene) { return scene.vault.list("backups").size(); }

/// False when the plan's fault did not happen any more.
bool prune_survives(MemoryScene& scene, const FaultPlan& plan) {
  scene.go_back();
  FaultyStorage faulty(scene.vault, plan);
  const auto kind =
      kind_of([&] { static_cast<void>(prune_in(faulty, scene.fixture.run(), keep_one(), {})); });
  if (!faulty.failed()) {
    CHECK_FALSE(kind.has_value());
    return false;
  }
  CHECK(kind == ErrorKind::storage);
  // What stands in the log restores whole, and nothing is missing without a signed word.
  CHECK(scene.verify_problems() == "");
  CHECK(scrub_problems(scene.vault, scene.fixture.run()) == "");
  CHECK(audit_problems(scene.vault, scene.fixture.run()) == "");

  static_cast<void>(prune_in(scene.vault, scene.fixture.run(), keep_one(), {}));
  CHECK(containers(scene) == 2);
  CHECK(scene.verify_problems() == "");
  CHECK(scrub_problems(scene.vault, scene.fixture.run()) == "");
  CHECK(audit_problems(scene.vault, scene.fixture.run()) == "");
  return true;
}

}  // namespace

TEST_SUITE_BEGIN("faults");

TEST_CASE("a prune survives a fault at every call of its storage") {
  MemoryScene scene;
  const std::filesystem::path source = scene.fixture.folder() / "a.db";
  make_database(source, {.rows = 700});
  for (const bool full : {true, false, true, false}) {
    SampleConnection(source).execute("UPDATE note SET body = body || ' x' WHERE id % 350 = 0");
    CHECK(scene.fixture.night(source, full).full == full);
  }
  scene.move_to_memory();

  using Kind = FaultPlan::Kind;
  for (const Kind kind : {Kind::error, Kind::error_after, Kind::crash, Kind::crash_after}) {
    std::uint64_t at = 1 + static_cast<std::uint64_t>(kind) % kStride;
    while (prune_survives(scene, {at, kind, kEveryCall})) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(at);
      at += kStride;
    }
    CHECK(at > 10);
    // Those that change something, without a stride: the entry, two containers.
    std::uint64_t change = 1;
    while (prune_survives(scene, {change, kind, kChangingCalls})) ++change;
    CHECK(change > 4);
  }
}

TEST_SUITE_END();
