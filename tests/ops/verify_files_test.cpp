#include "ops/verify_files.hpp"

#include <doctest/doctest.h>

#include "ops/catalog_scene.hpp"
#include "ops/verify.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/night_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

VerifyReport verified(CatalogScene& scene, Storage& storage, const VerifyOptions& options) {
  return verify_in(storage, scene.fixture.run("stranger"), options, scene.fixture.owner());
}

}  // namespace

TEST_CASE("verify reads the files of a snapshot, and names those that are damaged") {
  CatalogScene scene;
  scene.maker.add("a", noise(50'000'000, 1));
  scene.maker.add("b", "bb", {.codec = RecordCodec::zstd});
  scene.maker.add_link("link", "a");
  scene.maker.add_missing("m", 7);
  const Bytes32 sound = scene.maker.end_pack();
  scene.maker.add("c", "ccc");
  scene.maker.add("d", "dd");
  const Bytes32 bad = scene.maker.end_pack();
  scene.full(scene.maker.take());
  const VerifyReport whole = verified(scene, scene.vault, {});
  CHECK(whole.failed == 0);
  REQUIRE(whole.snapshots.size() == 1);
  CHECK(whole.snapshots[0].files == 4);
  CHECK(whole.snapshots[0].files_bytes == 50'000'007);
  CHECK(whole.snapshots[0].files_missing == 1);
  CHECK(sound != bad);

  scene.damage(bad);
  const VerifyReport report = verified(scene, scene.vault, {});
  CHECK(report.failed == 1);
  const VerifiedSnapshot& found = report.snapshots.at(0);
  CHECK_FALSE(found.ok);
  CHECK(found.messages > 0);
  CHECK(paths_of(found.files_damaged) == std::vector<std::string>{"c", "d"});
  CHECK(found.problem.find(pack_object(bad)) != std::string::npos);
  CHECK(found.problem.find("2 of its 4 files") != std::string::npos);
}

TEST_CASE(
    "verify of all reads each content once, and says of each snapshot what is damaged in it") {
  CatalogScene scene;
  for (int i = 0; i < 20; ++i) scene.maker.add("f" + std::to_string(100 + i), noise(100, 1));
  scene.maker.add("same", noise(100, 1));
  const Bytes32 first_pack = scene.maker.end_pack();
  const std::string first = scene.full(scene.maker.take());
  scene.maker.add("f100", "newer");
  scene.maker.end_pack();
  const std::string second = scene.increment(scene.maker.take());
  scene.maker.add_removed("f101");
  const std::string third = scene.increment(scene.maker.take());
  const std::string fourth = scene.increment({});

  FaultyStorage counted(scene.vault, {});
  std::uint64_t reads = 0;
  counted.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call == StorageCall::read && pack_id_of(name)) ++reads;
  };
  const VerifyReport whole = verified(scene, counted, every_snapshot());
  CHECK(whole.failed == 0);
  // 21 files of the full, 1 of an increment.
  CHECK(reads == 22);
  scene.damage(first_pack);
  const VerifyReport report = verified(scene, scene.vault, every_snapshot());
  CHECK(report.failed == 4);
  std::map<std::string, std::uint64_t> damaged;
  for (const VerifiedSnapshot& one : report.snapshots) {
    damaged[one.snapshot] = one.files_damaged.count;
  }
  CHECK(damaged[first] == 21);
  CHECK(damaged[second] == 20);
  CHECK(damaged[third] == 19);
  CHECK(damaged[fourth] == 19);
  CHECK(report.snapshots.back().files == 20);
  CHECK_FALSE(report.snapshots.back().ok);
}

TEST_CASE("verify names the files that a restore will leave out, and they are sound all the same") {
  CatalogScene scene;
  scene.maker.add("a", "above");
  scene.maker.add("a/b", "below");
  scene.maker.add("forged.db-wal", "in the database's place");
  scene.maker.add_link("l", "a");
  scene.maker.add("l/m", "below a link");
  const Bytes32 pack = scene.maker.end_pack();
  scene.full(scene.maker.take());
  scene.increment({});
  scene.maker.add_removed("a/b");
  scene.increment(scene.maker.take());
  const VerifyReport report = verified(scene, scene.vault, every_snapshot());
  REQUIRE(report.snapshots.size() == 3);
  CHECK(report.failed == 0);
  using Names = std::vector<std::string>;
  for (const std::size_t i : {0U, 1U}) {
    CHECK(report.snapshots[i].ok);
    CHECK(report.snapshots[i].files == 4);
    CHECK(paths_of(report.snapshots[i].files_refused) == Names{"a", "forged.db-wal", "l"});
  }
  CHECK(paths_of(report.snapshots[2].files_refused) == Names{"forged.db-wal", "l"});
  // What verify says is what a restore does.
  const RestoreResult restored = scene.restore();
  const FileFaults& told = report.snapshots[2].files_refused;
  REQUIRE(restored.files_refused.count == told.count);
  for (std::size_t i = 0; i < told.first.size(); ++i) {
    CHECK(restored.files_refused.first[i].path == told.first[i].path);
    CHECK(restored.files_refused.first[i].problem == told.first[i].problem);
  }
  // A row that gives way is read like any other: it can be had alone.
  scene.damage(pack);
  const VerifyReport damaged = verified(scene, scene.vault, every_snapshot());
  CHECK(damaged.failed == 3);
  CHECK(damaged.snapshots[0].files_damaged.count == 4);
  CHECK(damaged.snapshots[0].files_refused.count == 3);
}

TEST_CASE("a catalog that is damaged fails its snapshot and those that build on it") {
  CatalogScene scene;
  scene.maker.add("a", "a");
  scene.full(scene.maker.take());
  scene.maker.add("b", "b");
  std::vector<CatalogFile> rows = scene.maker.take();
  const std::string second = scene.increment(rows);
  Bytes content = scene.vault.content(container_of(second));
  content.at(kContainerMagic.size() + 10) ^= 1;
  scene.vault.overwrite(container_of(second), content);
  const VerifyReport report = verified(scene, scene.vault, every_snapshot());
  CHECK(report.failed == 1);
  CHECK(report.snapshots.at(1).problem.find(container_of(second)) != std::string::npos);
}

}  // namespace valise::test
