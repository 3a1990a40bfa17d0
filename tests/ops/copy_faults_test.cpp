// A copy meets a fault at every call that it makes to either storage, and is killed at any moment.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "ops/copy_scene.hpp"
#include "ops/verify.hpp"
#include "storage/local_storage.hpp"
#include "support/effort.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;
using Milliseconds = std::chrono::milliseconds;

/// Two nights to be copied, both vaults in memory, and a moment to go back to.
class FaultScene {
 public:
  FaultScene() {
    for (int night = 0; night < 2; ++night) static_cast<void>(scene.night());
    copy_objects(LocalStorage::open(scene.fixture.vault()), from);
    copy_objects(LocalStorage::open(scene.new_vault()), to);
    objects_ = to.snapshot();
    replace_folder(scene.fixture.memory(), kept_);
  }
  void go_back() {
    to.reset_to(objects_);
    replace_folder(kept_, scene.fixture.memory());
  }
  CopyReport copy(Storage& source, Storage& target) {
    return copy_between(source, target, scene.fixture.run(), scene.all(), scene.fixture.owner());
  }
  /// What came of it: everything that stands there restores, and a copy without a fault completes
  /// it, each original once.
  void check_rest() {
    CHECK(verify_or_empty() == "");
    const CopyReport rest = copy(from, to);
    CHECK(rest.failures.empty());
    CHECK(rest.copies.size() + rest.plan.copied_before == 2);
    CHECK(verify_or_empty() == "");
    CHECK(scrub_problems(to, scene.at_new()) == "");
    CHECK(audit_problems_after_a_cut(to, scene.at_new()) == "");
    CHECK(copy(from, to).copies.empty());
    CHECK(list_origins() == 2);
  }

  CopyScene scene{800};
  MemoryStorage from{scene.fixture.clock};
  MemoryStorage to{scene.fixture.clock};

 private:
  std::string verify_or_empty() {
    if (to.list("backups").empty()) return "";
    const std::string problems = verify_problems(to, scene.elsewhere_at_new(), scene.new_owner());
    return problems.starts_with("the vault holds no snapshot yet") ? "" : problems;
  }
  std::size_t list_origins() {
    return verify_in(to, scene.elsewhere_at_new(), every_snapshot(), scene.new_owner())
        .snapshots.size();
  }

  MemoryStorage::Objects objects_;
  fs::path kept_ = scene.fixture.folder() / "kept";
};

/// False when the plan's fault did not happen any more.
bool survives_in_target(FaultScene& scene, const FaultPlan& plan) {
  scene.go_back();
  FaultyStorage faulty(scene.to, plan);
  const auto kind = kind_of([&] { static_cast<void>(scene.copy(scene.from, faulty)); });
  if (!faulty.failed()) {
    CHECK_FALSE(kind.has_value());
    return false;
  }
  CHECK(kind == ErrorKind::storage);
  scene.check_rest();
  return true;
}

bool survives_in_source(FaultScene& scene, const FaultPlan& plan) {
  scene.go_back();
  FaultyStorage faulty(scene.from, plan);
  const auto kind = kind_of([&] { static_cast<void>(scene.copy(faulty, scene.to)); });
  if (!faulty.failed()) {
    CHECK_FALSE(kind.has_value());
    return false;
  }
  CHECK(kind == ErrorKind::storage);
  scene.check_rest();
  return true;
}

}  // namespace

TEST_SUITE_BEGIN("faults");

TEST_CASE("a copy survives a fault of the vault that it writes to, at every call") {
  FaultScene scene;
  using Kind = FaultPlan::Kind;
  // Looking at logs and reading back repeats itself: of all calls every seventh, and every one that
  // changes something.
  std::uint64_t at = 1;
  while (survives_in_target(scene, {at, Kind::error, kEveryCall})) {
    CAPTURE(at);
    at += 7 * kStride;
  }
  CHECK(at > 30);
  for (const Kind kind : {Kind::error_after, Kind::crash, Kind::crash_after, Kind::torn_write}) {
    std::uint64_t change = 1 + static_cast<std::uint64_t>(kind) % kStride;
    while (survives_in_target(scene, {change, kind, kChangingCalls})) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(change);
      change += kStride;
    }
    CHECK(change > 8);
  }
}

TEST_CASE("a copy survives a fault of the vault that it reads, at every call") {
  FaultScene scene;
  for (const auto kind : {FaultPlan::Kind::error, FaultPlan::Kind::crash_after}) {
    std::uint64_t at = 1;
    while (survives_in_source(scene, {at, kind, kEveryCall})) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(at);
      at += 5 * kStride;
    }
    CHECK(at > 20);
  }
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("kill");

TEST_CASE("kill -9 in a copy harms nothing, and the next run completes it") {
  CopyScene scene;
  for (int night = 0; night < 4; ++night) static_cast<void>(scene.night());
  const fs::path kept = scene.fixture.folder() / "kept";
  replace_folder(scene.new_vault(), kept / "new");
  replace_folder(scene.fixture.memory(), kept / "device");
  const auto go_back = [&] {
    replace_folder(kept / "new", scene.new_vault());
    replace_folder(kept / "device", scene.fixture.memory());
  };
  const auto start = std::chrono::steady_clock::now();
  static_cast<void>(scene.copy_all());
  const auto whole =
      std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
  std::mt19937 random(31);
  int killed = 0;
  int partly = 0;
  for (unsigned round = 0; round < 16; round += kStride) {
    go_back();
    const Milliseconds delay(
        std::uniform_int_distribution<std::int64_t>(0, whole.count() * 21 / 20)(random));
    CAPTURE(delay.count());
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        static_cast<void>(scene.copy_all());
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    std::this_thread::sleep_for(delay);
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    const std::size_t before = list_snapshots(scene.at_new(), {}).size();
    partly += before > 0 && before < 4 ? 1 : 0;
    if (before > 0) CHECK(scene.problems_of_new() == "");
    CHECK_NOTHROW(scene.copy_all());
    CHECK(list_snapshots(scene.at_new(), {}).size() == 4);
    CHECK(scene.problems_of_new() == "");
    CHECK(scene.copy_all().copies.empty());
    CHECK(scene.page_files_of_new() == 0);
  }
  CHECK(killed >= (kStride == 1 ? 8 : 2));
  CHECK(partly >= 1);
  CHECK(scene.problems_of_old() == "");
}

TEST_SUITE_END();
