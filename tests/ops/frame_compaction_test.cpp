#include "ops/frame_compaction.hpp"

#include <doctest/doctest.h>

#include "ops/backup.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

namespace {

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace

TEST_CASE("the state stays small over many nights, and every night restores") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "notes.db";
  // Random bodies: what the state keeps of a page is about as large as the page.
  make_database(source, {.rows = 100});
  SampleConnection app(source);
  app.execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
      "INSERT INTO note(body, extra) SELECT 'n' || i, randomblob(900) FROM n");
  static_cast<void>(fixture.night(source));
  const std::uint64_t first = bytes_below(fixture.memory() / "state");
  std::uint64_t written = 0;
  for (int night = 0; night < 40; ++night) {
    app.execute("UPDATE note SET extra = randomblob(900) WHERE id % 40 = " + std::to_string(night));
    const BackupSummary summary = fixture.night(source);
    written += summary.pages_changed * 4096;
    if (night % 13 == 0) CHECK(row_difference(source, fixture.restore().database) == "");
  }
  const std::uint64_t last = bytes_below(fixture.memory() / "state");
  CAPTURE(first);
  CAPTURE(written);
  CAPTURE(last);
  REQUIRE(written > 3 * first);
  CHECK(last < 2 * first);
  CHECK(row_difference(source, fixture.restore().database) == "");
}
