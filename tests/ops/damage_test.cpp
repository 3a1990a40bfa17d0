// One damaged object: every verb names it, and every snapshot that does not need it comes back.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/files.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/test_files.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

/// Two chains: a full and two increments, and a full and one increment.
struct DamagedChains {
  DamagedChains() {
    make_database(source, {.rows = 900});
    for (int night = 0; night < 5; ++night) {
      SampleConnection(source).execute("UPDATE note SET body = 'night " + std::to_string(night) +
                                       "' WHERE id = 17");
      ids.push_back(fixture.night(source, night == 3).snapshot);
    }
  }
  [[nodiscard]] fs::path container(std::size_t i) const {
    return fixture.vault() / "backups" / (ids[i] + ".valise");
  }

  /// The snapshots of `lost` fail by name of a container of `broken`; all the others come back.
  void only_these_are_lost(const std::vector<std::size_t>& lost,
                           const std::vector<std::size_t>& broken) {
    const auto names_broken = [&](const std::string& message) {
      return std::any_of(broken.begin(), broken.end(),
                         [&](std::size_t i) { return message.find(ids[i]) != std::string::npos; });
    };
    const VerifyReport report =
        verify(fixture.elsewhere("verifier"), every_snapshot(), fixture.owner());
    REQUIRE(report.snapshots.size() == ids.size());
    CHECK(report.failed == lost.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      CAPTURE(i);
      const bool is_lost = std::find(lost.begin(), lost.end(), i) != lost.end();
      CHECK(report.snapshots[i].snapshot == ids[i]);
      CHECK(report.snapshots[i].ok == !is_lost);
      const auto work = [&] {
        const RestoreResult restored = fixture.restore(ids[i]);
        CHECK(SampleConnection(restored.database).text("SELECT body FROM note WHERE id = 17") ==
              "night " + std::to_string(i));
      };
      if (is_lost) {
        CHECK(names_broken(report.snapshots[i].problem));
        CHECK(kind_of(work) == ErrorKind::corrupt);
        const std::string message = message_of(work);
        CAPTURE(message);
        CHECK(names_broken(message));
      } else {
        CHECK_NOTHROW(work());
      }
    }
  }
  void scrub_names(const std::string& object, const std::string& kind) {
    const ScrubReport report = scrub(fixture.run(), {});
    CHECK(report.errors >= 1);
    bool named = false;
    for (const ScrubFinding& finding : report.findings) {
      named = named || (finding.error && finding.kind == kind &&
                        finding.object.find(object) != std::string::npos &&
                        finding.problem.find(object) != std::string::npos);
    }
    CHECK(named);
  }

  NightFixture fixture;
  fs::path source = fixture.folder() / "a.db";
  std::vector<std::string> ids;
};

}  // namespace

TEST_CASE(
    "a bit that is flipped anywhere in a container is found, and costs its chain from there") {
  DamagedChains scene;
  const Bytes sound = read_all(scene.container(1));
  for (const double part : {0.0001, 0.2, 0.45, 0.7, 0.9, 0.97, 0.999}) {
    const auto at = static_cast<std::size_t>(part * static_cast<double>(sound.size()));
    CAPTURE(at);
    Bytes damaged = sound;
    damaged[at] ^= 0x10;
    write_bytes(scene.container(1), damaged);
    scene.scrub_names(scene.ids[1], "damaged");
  }
  Bytes damaged = sound;
  damaged[100] ^= 1;
  write_bytes(scene.container(1), damaged);
  scene.only_these_are_lost({1, 2}, {1});
  write_bytes(scene.container(1), sound);
  CHECK(scrub(scene.fixture.run(), {}).errors == 0);
  scene.only_these_are_lost({}, {});
}

TEST_CASE("a damaged full costs its chain and no other") {
  DamagedChains scene;
  Bytes damaged = read_all(scene.container(0));
  damaged[damaged.size() / 2] ^= 1;
  write_bytes(scene.container(0), damaged);
  scene.scrub_names(scene.ids[0], "damaged");
  scene.only_these_are_lost({0, 1, 2}, {0});
}

TEST_CASE("a container that was cut is named") {
  DamagedChains scene;
  const Bytes sound = read_all(scene.container(3));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{300}, sound.size() / 2, sound.size() - 1}) {
    CAPTURE(size);
    write_bytes(scene.container(3), ByteSpan(sound).first(size));
    scene.scrub_names(scene.ids[3], "damaged");
    scene.only_these_are_lost({3, 4}, {3});
  }
}

TEST_CASE("a container that is longer than it was is named") {
  DamagedChains scene;
  Bytes longer = read_all(scene.container(4));
  longer.push_back(0);
  write_bytes(scene.container(4), longer);
  scene.scrub_names(scene.ids[4], "damaged");
  scene.only_these_are_lost({4}, {4});
}

TEST_CASE("two containers that changed places are named") {
  DamagedChains scene;
  const Bytes a = read_all(scene.container(1));
  const Bytes b = read_all(scene.container(2));
  write_bytes(scene.container(1), b);
  write_bytes(scene.container(2), a);
  scene.scrub_names(scene.ids[1], "damaged");
  scene.scrub_names(scene.ids[2], "damaged");
  scene.only_these_are_lost({1, 2}, {1, 2});
}

TEST_CASE("a container that was renamed is missed, and the renamed one is told") {
  DamagedChains scene;
  std::string other = scene.ids[4];
  other.back() = other.back() == '0' ? '1' : '0';
  fs::rename(scene.container(4), scene.container(4).parent_path() / (other + ".valise"));
  scene.scrub_names(scene.ids[4], "missing");
  scene.scrub_names(other, "damaged");
  scene.only_these_are_lost({4}, {4});
}

TEST_CASE("a container that is missing is damage, not a snapshot that never was") {
  DamagedChains scene;
  fs::remove(scene.container(1));
  scene.scrub_names(scene.ids[1], "missing");
  scene.only_these_are_lost({1, 2}, {1});
  const auto rows = list_snapshots(scene.fixture.run(), {});
  REQUIRE(rows.size() == 5);
  CHECK_FALSE(rows[1].present);
  CHECK(rows[2].present);
}

TEST_CASE("a folder or a link in a container's place is named, and not followed") {
  DamagedChains scene;
  const fs::path container = scene.container(4);
  SUBCASE("folder") {
    fs::remove(container);
    fs::create_directory(container);
  }
  SUBCASE("link") {
    fs::rename(container, scene.fixture.folder() / "moved");
    fs::create_symlink(scene.fixture.folder() / "moved", container);
  }
  CHECK(scrub(scene.fixture.run(), {}).errors >= 1);
  scene.only_these_are_lost({4}, {4});
}

TEST_CASE("an entry that is gone or damaged costs what builds on it, and every log verb says so") {
  DamagedChains scene;
  const std::string signer = audit(scene.fixture.run(), {}).backups.at(0).signer;
  const fs::path entry = scene.fixture.vault() / "log" / signer / "0000000002.entry";
  std::string kind;
  SUBCASE("gone") {
    fs::remove(entry);
    kind = "missing";
  }
  SUBCASE("damaged") {
    Bytes bytes = read_all(entry);
    bytes[200] ^= 1;
    write_bytes(entry, bytes);
    kind = "damaged";
  }
  SUBCASE("cut") {
    write_bytes(entry, ByteSpan(read_all(entry)).first(50));
    kind = "damaged";
  }
  const ScrubReport scrubbed = scrub(scene.fixture.run(), {});
  CHECK(scrubbed.errors >= 1);
  CHECK(audit(scene.fixture.run(), {}).has_errors());
  scene.fixture.warnings.clear();
  CHECK(list_snapshots(scene.fixture.run(), {}).size() == 4);
  CHECK(scene.fixture.warnings.size() == 1);
  for (const std::size_t i : {0U, 3U, 4U}) {
    const RestoreResult restored = scene.fixture.restore(scene.ids[i]);
    CHECK(SampleConnection(restored.database).text("SELECT body FROM note WHERE id = 17") ==
          "night " + std::to_string(i));
  }
  const auto work = [&] { static_cast<void>(scene.fixture.restore(scene.ids[2])); };
  CHECK(kind_of(work) == ErrorKind::corrupt);
  CHECK(message_of(work).find(scene.ids[2]) != std::string::npos);
}
