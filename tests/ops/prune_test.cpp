#include "ops/prune.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

PruneOptions keeping(const KeepRules& rules) {
  PruneOptions options;
  options.keep = rules;
  return options;
}
PruneOptions keeping_last(std::uint32_t count) { return keeping({count, 0, 0, 0, 0}); }

/// Nights of one small database, of each of which a copy is kept.
struct PruneScene {
  NightFixture fixture;
  fs::path source = fixture.folder() / "a.db";
  std::map<std::string, fs::path> kept;
  std::vector<std::string> ids;

  PruneScene() { make_database(source, {.rows = 700}); }

  std::string night(bool full = false) {
    SampleConnection(source).execute("UPDATE note SET body = body || ' x' WHERE id % 350 = 0");
    const BackupSummary summary = fixture.night(source, full);
    CHECK(summary.full == (full || ids.empty()));
    const fs::path copy = fixture.folder() / ("kept-" + std::to_string(ids.size()));
    vacuum_into(source, copy);
    kept[summary.snapshot] = copy;
    ids.push_back(summary.snapshot);
    return summary.snapshot;
  }
  /// `count` chains of a full and two increments.
  void chains(int count) {
    for (int i = 0; i < count; ++i) {
      night(true);
      night();
      night();
    }
  }
  PruneReport prune(const PruneOptions& options) {
    return valise::prune(fixture.run(), options, {});
  }
  [[nodiscard]] std::vector<std::string> listed() {
    std::vector<std::string> found;
    for (const SnapshotRow& row : list_snapshots(fixture.run(), {}, {})) {
      found.push_back(row.snapshot);
    }
    return found;
  }
  /// What verify, scrub and audit have against the vault; "" if nothing.
  [[nodiscard]] std::string problems() {
    LocalStorage storage = LocalStorage::open(fixture.vault());
    return verify_problems(storage, fixture.elsewhere("verifier"), fixture.owner()) +
           scrub_problems(storage, fixture.run()) + audit_problems(storage, fixture.run());
  }
  void restores_all() {
    for (const std::string& id : listed()) {
      if (!kept.contains(id)) continue;
      CHECK(row_difference(kept[id], fixture.restore(id).database) == "");
    }
  }
  [[nodiscard]] fs::path container(const std::string& id) const {
    return fixture.vault() / "backups" / (id + ".valise");
  }
  [[nodiscard]] std::vector<std::string> from(std::size_t first) const {
    return {ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end()};
  }
};

const PruneRow& verdict_of(const PruneReport& report, const std::string& id) {
  for (const PruneRow& one : report.rows) {
    if (one.snapshot == id) return one;
  }
  throw std::runtime_error("no row of " + id);
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::recursive_directory_iterator(folder), fs::recursive_directory_iterator()));
}

}  // namespace

TEST_CASE("a prune gives up whole chains, and what it keeps restores") {
  PruneScene scene;
  scene.chains(3);
  PruneOptions options = keeping_last(4);
  const std::uintmax_t bytes = fs::file_size(scene.container(scene.ids[0])) +
                               fs::file_size(scene.container(scene.ids[1])) +
                               fs::file_size(scene.container(scene.ids[2]));
  options.dry_run = true;
  const std::size_t files = files_in(scene.fixture.folder());
  const PruneReport plan = scene.prune(options);
  CHECK(files_in(scene.fixture.folder()) == files);
  CHECK(scene.listed().size() == 9);

  options.dry_run = false;
  const PruneReport report = scene.prune(options);
  for (const PruneReport& one : {plan, report}) {
    CHECK(one.pruned == 3);
    CHECK(one.kept == 6);
    CHECK(one.bytes_freed == bytes);
    REQUIRE(one.rows.size() == 9);
    CHECK(one.rows.front().snapshot == scene.ids.back());
    CHECK(one.rows.front().name == "a.db");
    CHECK_FALSE(verdict_of(one, scene.ids[2]).keep);
    CHECK(verdict_of(one, scene.ids[2]).reasons.empty());
    CHECK(verdict_of(one, scene.ids[3]).reasons ==
          std::vector{scene.ids[4].substr(0, 8) + " builds on it"});
    CHECK(verdict_of(one, scene.ids[5]).reasons == std::vector<std::string>{"of the last 4"});
  }
  CHECK(scene.listed() == scene.from(3));
  CHECK_FALSE(fs::exists(scene.container(scene.ids[0])));
  CHECK(scene.problems() == "");
  scene.restores_all();
  // The chain goes on, and a second prune has nothing to do: no entry is signed for nothing.
  scene.night();
  const std::size_t before = files_in(scene.fixture.vault());
  CHECK(scene.prune(keeping_last(5)).pruned == 0);
  CHECK(files_in(scene.fixture.vault()) == before);
  CHECK(scene.problems() == "");
}

TEST_CASE("a prune wants a rule, a source that there is, and an enrolled device") {
  PruneScene scene;
  scene.night();
  CHECK(kind_of([&] { static_cast<void>(scene.prune({})); }) == ErrorKind::usage);
  PruneOptions options = keeping_last(1);
  options.source = "other.db";
  CHECK(kind_of([&] { static_cast<void>(scene.prune(options)); }) == ErrorKind::not_found);
  CHECK(kind_of([&] {
          static_cast<void>(prune(scene.fixture.elsewhere("stranger"), keeping_last(1), {}));
        }) == ErrorKind::not_found);
}

TEST_CASE("each source has the rules for itself, and --source leaves the others alone") {
  PruneScene scene;
  const fs::path other = scene.fixture.folder() / "b.db";
  make_database(other, {.rows = 50});
  for (int i = 0; i < 3; ++i) {
    scene.night(true);
    static_cast<void>(scene.fixture.night(other, true));
  }
  PruneOptions options = keeping_last(2);
  options.source = "b.db";
  CHECK(scene.prune(options).pruned == 1);
  CHECK(scene.listed().size() == 5);
  options.source = scene.prune(keeping_last(9)).rows.back().source.substr(0, 6);
  options.keep.last = 1;
  static_cast<void>(scene.prune(options));
  const PruneReport report = scene.prune(keeping_last(1));
  CHECK(report.kept == 2);
  CHECK(scene.listed().size() == 2);
  CHECK(scene.problems() == "");
}

TEST_CASE("a device leaves alone what another one wrote") {
  PruneScene scene;
  for (int i = 0; i < 3; ++i) scene.night(true);
  const Run second = scene.fixture.elsewhere("second");
  static_cast<void>(add_device(second, "second", scene.fixture.owner()));
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(whole(backup(second, {.sources = {scene.source}, .full = true})));
  }
  const PruneReport report = prune(second, keeping_last(1), {});
  CHECK(report.pruned == 2);
  CHECK(report.rows.size() == 3);
  CHECK(report.other_devices == 3);
  CHECK(scene.listed().size() == 4);
  CHECK(scene.problems() == "");
}

TEST_CASE("what the policy keeps is kept: no early prune is ever signed") {
  PruneScene scene;
  PolicyChange change{.escrow = false, .k = 0, .agents = {}, .min_keep_days = 10};
  for (int i = 0; i < 4; ++i) scene.night(true);
  // The policy that is set later binds the older ones too.
  static_cast<void>(set_policy(scene.fixture.run(), change, scene.fixture.owner(),
                               [](const Reader&) { return true; }));
  const PruneReport young = scene.prune(keeping_last(1));
  CHECK(young.pruned == 0);
  CHECK(verdict_of(young, scene.ids[0]).reasons ==
        std::vector<std::string>{"the policy keeps backups for 10 days"});
  scene.fixture.clock.advance(8 * kDay);
  const PruneReport report = scene.prune(keeping_last(1));
  CHECK(report.pruned == 2);
  CHECK(scene.listed() == scene.from(2));
  CHECK(scene.problems() == "");
}

TEST_CASE("a clock that was wrong for a night gives nothing up") {
  PruneScene scene;
  scene.night(true);
  scene.night(true);
  scene.fixture.clock.advance(4000 * kDay);
  const std::string future = scene.night(true);
  scene.fixture.clock.set(scene.fixture.clock.now() - 4000 * kDay);
  const std::string newest = scene.night(true);
  const PruneReport report = scene.prune(keeping_last(2));
  CHECK(report.pruned == 1);
  CHECK(verdict_of(report, future).reasons.at(0).find("future") != std::string::npos);
  CHECK(verdict_of(report, newest).keep);
  CHECK(verdict_of(report, scene.ids[1]).keep);
  scene.restores_all();
}

TEST_CASE("where the newest is damaged, an older one that restores stays") {
  PruneScene scene;
  for (int i = 0; i < 3; ++i) scene.night(true);
  fs::remove(scene.container(scene.ids[2]));
  const PruneReport report = scene.prune(keeping_last(1));
  CHECK(report.pruned == 1);
  CHECK(verdict_of(report, scene.ids[1]).keep);
  // And its loss is not covered up.
  CHECK(verdict_of(report, scene.ids[2]).keep);
  CHECK(scene.problems().find(scene.ids[2]) != std::string::npos);
}

TEST_CASE("nothing is pruned in a vault that was rolled back") {
  PruneScene scene;
  scene.night(true);
  replace_folder(scene.fixture.vault(), scene.fixture.folder() / "old");
  scene.night(true);
  replace_folder(scene.fixture.folder() / "old", scene.fixture.vault());
  CHECK(kind_of([&] { static_cast<void>(scene.prune(keeping_last(1))); }) ==
        ErrorKind::audit_finding);
}

TEST_CASE("without its memory a device prunes nothing until the next backup tells it the source") {
  PruneScene scene;
  for (int i = 0; i < 3; ++i) scene.night(true);
  fs::remove_all(scene.fixture.memory() / "state");
  const PruneReport report = scene.prune(keeping_last(1));
  CHECK(report.pruned == 0);
  CHECK(report.rows.at(0).reasons.at(0).find("does not know") != std::string::npos);
  scene.night(true);
  CHECK(scene.prune(keeping_last(1)).pruned == 3);
  CHECK(scene.problems() == "");
}

TEST_CASE("compacting copies what a chain must keep, and the chain goes") {
  PruneScene scene;
  scene.chains(2);
  // Of the first chain only its last stays, for which the others must.
  PruneOptions options = keeping_last(4);
  CHECK(scene.prune(options).pruned == 0);
  options.compact = true;
  options.dry_run = true;
  const PruneReport plan = prune(scene.fixture.run(), options, scene.fixture.owner());
  CHECK(plan.copied == 1);
  CHECK(plan.pruned == 3);
  CHECK(plan.kept == 4);
  CHECK(plan.bytes_freed > 0);
  CHECK(plan.rows.size() == 6);
  CHECK(verdict_of(plan, scene.ids[2]).reasons == std::vector<std::string>{"copied first"});
  CHECK(plan.chains_left.empty());
  CHECK(scene.listed().size() == 6);

  options.dry_run = false;
  scene.fixture.clock.advance(kDay);
  const PruneReport report = prune(scene.fixture.run(), options, scene.fixture.owner());
  CHECK(report.copied == 1);
  CHECK(report.failures.empty());
  CHECK(report.pruned == 3);
  CHECK(report.kept == 4);
  CHECK(scene.listed().size() == 4);
  CHECK(scene.problems() == "");
  scene.restores_all();
  // The copy counts by the day that it shows, as the snapshot of this source that it is.
  const auto found = std::find_if(report.rows.begin(), report.rows.end(),
                                  [](const PruneRow& one) { return one.copy; });
  REQUIRE(found != report.rows.end());
  const PruneRow& copy = *found;
  CHECK(copy.source == report.rows.front().source);
  CHECK(row_difference(scene.kept[scene.ids[2]], scene.fixture.restore(copy.snapshot).database) ==
        "");
  // Once more there is nothing to do, and no key is asked for.
  CHECK(scene.prune(options).pruned == 0);
  // The chain goes on, and the copy goes when its time has come.
  scene.night();
  CHECK(scene.prune(keeping_last(4)).pruned == 1);
  CHECK(scene.problems() == "");
}

TEST_CASE("compacting says of a chain that stays why it does") {
  PruneScene scene;
  scene.chains(1);
  PruneOptions options = keeping_last(1);
  options.compact = true;
  for (const bool dry_run : {true, false}) {
    options.dry_run = dry_run;
    // No key is asked for.
    const PruneReport report = scene.prune(options);
    CHECK(report.pruned == 0);
    CHECK(report.copied == 0);
    REQUIRE(report.chains_left.size() == 1);
    CHECK(report.chains_left[0].chain == scene.ids[0]);
    CHECK(report.chains_left[0].reason.find("valise backup --full") != std::string::npos);
  }
  scene.night(true);
  CHECK(scene.prune(options).chains_left.empty());
}

TEST_CASE("a compacting that was cut short after its copies is ended by the next prune") {
  PruneScene scene;
  scene.chains(2);
  CopyOptions copies;
  copies.snapshots = {scene.ids[2]};
  copies.to = scene.fixture.vault();
  static_cast<void>(copy_snapshots(scene.fixture.run(), copies, scene.fixture.owner()));
  CHECK(scene.prune(keeping_last(4)).pruned == 3);
  CHECK(scene.problems() == "");
}
