// Names that mean a time find copies by the day that they show.

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "ops/copy_scene.hpp"
#include "support/error_kind.hpp"

namespace {

using namespace valise;
using namespace valise::test;

std::string date_of(UnixSeconds time) { return rfc3339(time).substr(0, 10); }

/// Three nights, each a day after the one before, copied much later.
struct CopiedNights {
  CopyScene scene;
  CopyReport report;

  CopiedNights() {
    for (int night = 0; night < 3; ++night) static_cast<void>(scene.night());
    scene.fixture.clock.advance(100 * kDay);
    report = scene.copy_all();
  }
  [[nodiscard]] std::string date(std::size_t night) const {
    return date_of(scene.nights()[night - 1].time);
  }
  RestoreResult restore_named(const std::string& name, const std::string& to) {
    return restore(scene.elsewhere_at_new(), snapshot_into(name, scene.fixture.folder() / to),
                   scene.new_owner());
  }
};

}  // namespace

TEST_CASE("a copy is restored and verified by the day that it shows") {
  CopiedNights nights;
  CopyScene& scene = nights.scene;
  for (std::size_t night = 1; night <= 3; ++night) {
    CAPTURE(night);
    const RestoreResult result =
        nights.restore_named(nights.date(night), "night-" + std::to_string(night));
    CHECK(result.snapshot == nights.report.copies[night - 1].snapshot);
    CHECK(result.time == scene.nights()[night - 1].time);
    CHECK(row_difference(result.database, scene.kept(night)) == "");
    const VerifyReport verified =
        verify(scene.elsewhere_at_new(), one_snapshot(nights.date(night)), scene.new_owner());
    REQUIRE(verified.snapshots.size() == 1);
    CHECK(verified.snapshots[0].snapshot == result.snapshot);
    CHECK(verified.snapshots[0].time == result.time);
  }
  INFO("before the first day there is none, though all were signed long after it");
  const std::string before = date_of(scene.nights()[0].time - kDay);
  CHECK(kind_of([&] { static_cast<void>(nights.restore_named(before, "none")); }) ==
        ErrorKind::not_found);
  CHECK(kind_of([&] {
          static_cast<void>(
              verify(scene.elsewhere_at_new(), one_snapshot(before), scene.new_owner()));
        }) == ErrorKind::not_found);
  INFO("a day between the last night and the copying");
  CHECK(nights.restore_named(date_of(scene.nights()[2].time + 10 * kDay), "between").snapshot ==
        nights.report.copies[2].snapshot);
  INFO("copying by a date does so, too");
  CHECK(copy_snapshots(scene.at_new(), scene.named({nights.date(2)}), scene.new_owner())
            .plan.copied_before == 1);
}

TEST_CASE("what is newest is told by the day, among copies and nights") {
  CopiedNights nights;
  CopyScene& scene = nights.scene;
  CHECK(nights.restore_named("latest", "a").snapshot == nights.report.copies[2].snapshot);
  // A night into the new vault, and after it a copy of an older one.
  scene.fixture.clock.advance(kDay);
  const BackupSummary night =
      valise::backup(scene.at_new(), {.sources = {scene.source}}).sources[0];
  static_cast<void>(set_policy(scene.fixture.run(),
                               {.escrow = false, .k = 0, .agents = {}, .min_keep_days = 2},
                               scene.fixture.owner(), [](const Reader&) { return true; }));
  std::filesystem::remove(scene.new_vault() / "backups" /
                          (nights.report.copies[0].snapshot + ".valise"));
  scene.fixture.clock.advance(kDay);
  const CopyReport late = scene.copy(scene.named({scene.nights()[0].snapshot}));
  REQUIRE(late.copies.size() == 1);
  CHECK(nights.restore_named("latest", "b").snapshot == night.snapshot);
  CHECK(nights.restore_named(date_of(scene.fixture.clock.now()), "c").snapshot == night.snapshot);
}

TEST_CASE("a list shows the day of a copy, to its device and to whoever has the key") {
  CopiedNights nights;
  CopyScene& scene = nights.scene;
  static_cast<void>(valise::backup(scene.at_new(), {.sources = {scene.source}}));
  const auto check = [&](const std::vector<SnapshotRow>& rows) {
    REQUIRE(rows.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(rows[i].origin);
      CHECK(rows[i].origin->entry_id == nights.report.copies[i].origin->entry_id);
      CHECK(rows[i].origin->time == scene.nights()[i].time);
      CHECK(rows[i].captured_at == scene.nights()[i].time);
      CHECK(rows[i].shown_time() == scene.nights()[i].time);
      CHECK(rows[i].time == nights.report.copies[i].time);
      CHECK(rows[i].name == "chat.db");
    }
    CHECK_FALSE(rows[3].origin);
    CHECK(rows[3].shown_time() == rows[3].time);
  };
  check(list_snapshots(scene.at_new(), {}));
  check(list_snapshots(scene.elsewhere_at_new(), {}, scene.new_owner()));
  const std::vector<SnapshotRow> closed = list_snapshots(scene.elsewhere_at_new(), {});
  REQUIRE(closed.size() == 4);
  for (const SnapshotRow& row : closed) CHECK_FALSE(row.origin);
}
