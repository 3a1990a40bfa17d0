// An app writes all the time while its history is backed up.

#include <doctest/doctest.h>

#include <thread>

#include "bench/history.hpp"
#include "storage/local_storage.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

/// An app that writes until the object goes.
class Writer {
 public:
  explicit Writer(const fs::path& source)
      : thread_([source](const std::stop_token& stop) {
          // Slow enough that a night on a busy machine still changes less than half of the pages.
          bench::write_constantly(source, {.seconds = 600, .rows_per_second = 500}, stop);
        }) {}

 private:
  std::jthread thread_;
};

/// Nights under writing, and a last one while nobody writes, which can be compared.
void nights_under_writing(NightFixture& fixture, const UnlockSource& reader, bool wal) {
  const fs::path source = fixture.folder() / "chat.db";
  bench::create_history(source, {.messages = 6000, .wal = wal});
  std::vector<BackupSummary> nights;
  for (std::uint64_t night = 1; night <= 3; ++night) {
    if (night > 1) bench::apply_night(source, {.seed = night});
    const Writer writer(source);
    // Let it come into its stride, so that the backup does meet it.
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    nights.push_back(fixture.night(source));
    CHECK_MESSAGE(nights.back().full == (night == 1), nights.back().why_full);
  }
  CHECK(nights[1].messages > nights[0].messages);
  CHECK(nights[2].messages > nights[1].messages);
  vacuum_into(source, fixture.folder() / "rows");
  nights.push_back(fixture.night(source));

  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(scrub_problems(storage, fixture.run()) == "");
  CHECK(audit_problems(storage, fixture.run()) == "");
  const Run other = fixture.elsewhere("other device");
  // Full checks: each snapshot is one moment of the history, not a mixture.
  for (const BackupSummary& night : nights) {
    const RestoreResult restored =
        restore(other, snapshot_into(night.snapshot, fixture.folder() / night.snapshot), reader);
    CHECK(restored.check_problems.empty());
    CHECK(restored.messages == night.messages);
    SampleConnection database(restored.database);
    CHECK(static_cast<std::uint64_t>(database.number("SELECT count(*) FROM message")) ==
          night.messages);
  }
  CHECK(verify_problems(storage, other, reader) == "");
  const fs::path last = fixture.folder() / nights.back().snapshot / "chat.db";
  CHECK(row_difference(fixture.folder() / "rows", last) == "");
}

}  // namespace

TEST_SUITE_BEGIN("slow");

TEST_CASE("a history under constant writing is backed up and comes back, end to end") {
  NightFixture fixture;
  nights_under_writing(fixture, fixture.owner(), true);
}

TEST_CASE("a history under constant writing comes back by an agent's key alone") {
  NightFixture fixture;
  const UnlockSource agent = fixture.put_under_escrow();
  nights_under_writing(fixture, agent, true);
}

TEST_CASE("a history in rollback mode under constant writing comes back") {
  NightFixture fixture;
  nights_under_writing(fixture, fixture.owner(), false);
}

TEST_SUITE_END();
