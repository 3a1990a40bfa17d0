#include <doctest/doctest.h>

#include "ops/media_scene.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// Two chains of two nights each; every night has a file of its own.
struct PruneFilesScene {
  MediaScene media;
  std::vector<std::string> ids;

  PruneFilesScene() {
    // Enough that two nights are an increment.
    SampleConnection(media.database())
        .execute(
            "CREATE TABLE filler(body); "
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) "
            "INSERT INTO filler SELECT hex(randomblob(1000)) FROM n");
    for (int night = 0; night < 4; ++night) {
      media.put("Attachments/" + std::to_string(night), "night " + std::to_string(night));
      const BackupSummary summary = media.back_up(night == 2);
      REQUIRE(summary.full == (night % 2 == 0));
      ids.push_back(summary.snapshot);
    }
  }
  PruneReport compact(std::uint32_t keep_last) {
    PruneOptions options;
    options.keep.last = keep_last;
    options.compact = true;
    media.night.clock.advance(24 * 3600);
    return prune(media.night.run(), options, media.night.owner());
  }
  [[nodiscard]] std::vector<SnapshotRow> rows() {
    return list_snapshots(media.night.run(), {}, {});
  }
};

}  // namespace

TEST_CASE("compacting keeps the attachments of what it copies") {
  PruneFilesScene scene;
  const auto before = scene.media.files_of(scene.ids[1]);
  const PruneReport report = scene.compact(3);
  CHECK(report.copied == 1);
  CHECK(report.failures.empty());
  CHECK(report.pruned == 2);
  const auto rows = scene.rows();
  REQUIRE(rows.size() == 3);
  const auto copy = scene.media.files_of(rows.front().snapshot);
  REQUIRE(copy.size() == 2);
  for (const auto& [path, file] : before) CHECK(copy.at(path).content == file.content);
  CHECK(scene.media.files_of(scene.ids[3]).size() == 4);
}

TEST_CASE("compacting leaves a chain alone of which an attachment cannot be copied") {
  PruneFilesScene scene;
  REQUIRE(scene.media.refs_of(scene.ids[1]) == 1);
  // Of the second night's pack, which no other full names but the second chain's.
  const auto packs = scene.media.packs();
  for (const fs::path& pack : packs) fs::rename(pack, pack.string() + ".away");
  const PruneReport report = scene.compact(3);
  CHECK(report.pruned == 0);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].snapshot == scene.ids[1]);
  CHECK(scene.rows().size() == 4);
  for (const fs::path& pack : packs) fs::rename(pack.string() + ".away", pack);
  CHECK(scene.media.files_of(scene.ids[1]).at("Attachments/1").content == "night 1");
}

}  // namespace valise::test
