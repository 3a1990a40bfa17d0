#include "valise/scrub.hpp"

#include <doctest/doctest.h>

#include <set>

#include "base/files.hpp"
#include "ops/backup.hpp"
#include "storage/local_storage.hpp"
#include "support/faulty_storage.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

void flip(const fs::path& path, std::size_t at) {
  Bytes bytes = read_all(path);
  bytes.at(at) ^= 1;
  static_cast<void>(write_file(path, bytes, 0600, Existing::replace));
}

struct ScrubScene {
  ScrubScene() {
    make_database(source, {.rows = 900});
    static_cast<void>(fixture.night(source));
  }
  [[nodiscard]] fs::path object(const std::string& name) const { return fixture.vault() / name; }
  [[nodiscard]] std::string container() const {
    return LocalStorage::open(fixture.vault()).list("backups").at(0).name;
  }
  /// Kinds of findings and the objects they name.
  std::set<std::pair<std::string, std::string>> findings(bool quarantine = false) {
    std::set<std::pair<std::string, std::string>> found;
    for (const ScrubFinding& finding : scrub(fixture.run(), {.quarantine = quarantine}).findings) {
      found.emplace(finding.kind, finding.object);
    }
    return found;
  }
  using Found = std::set<std::pair<std::string, std::string>>;
  NightFixture fixture;
  fs::path source = fixture.folder() / "a.db";
};

}  // namespace

TEST_CASE("scrub reads every byte and finds nothing in a sound vault") {
  ScrubScene scene;
  std::uint64_t last = 0;
  Run run = scene.fixture.run();
  run.on_progress = [&](const Progress& progress) { last = progress.done; };
  const ScrubReport report = scrub(run, {});
  CHECK(report.findings.empty());
  CHECK(report.errors == 0);
  std::uint64_t bytes = 0;
  for (const ObjectInfo& object : LocalStorage::open(scene.fixture.vault()).list("")) {
    bytes += object.size;
  }
  CHECK(report.bytes == bytes);
  CHECK(last == bytes);
  CHECK(report.objects == 5);
}

TEST_CASE("scrub needs no key and no device") {
  ScrubScene scene;
  CHECK(scrub(scene.fixture.elsewhere("other"), {}).errors == 0);
  flip(scene.object(scene.container()), 500);
  CHECK(scrub(scene.fixture.elsewhere("other"), {}).errors == 1);
  CHECK_FALSE(fs::exists(scene.fixture.folder() / "other"));
}

TEST_CASE("scrub tells what a run that was cut short left, and calls it no error") {
  ScrubScene scene;
  LocalStorage storage = LocalStorage::open(scene.fixture.vault());
  FaultyStorage faulty(storage, {2, FaultPlan::Kind::crash, only(StorageCall::commit)});
  CHECK_THROWS_AS(static_cast<void>(backup_to(faulty, scene.fixture.run(),
                                              {.sources = {scene.source}, .full = true}, {})),
                  Error);
  const auto writer = storage.put("backups/unfinished");
  writer->write(bytes_of("half of"));
  const ScrubReport report = scrub(scene.fixture.run(), {});
  CHECK(report.errors == 0);
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].kind == "orphan");
  CHECK(report.findings[1].kind == "leftover");
  // The next run publishes the entry: the container is an orphan no longer.
  static_cast<void>(scene.fixture.night(scene.source));
  for (const auto& [kind, object] : scene.findings()) CHECK(kind == "leftover");
}

TEST_CASE("scrub tells of a container whose entry is gone or damaged") {
  ScrubScene scene;
  const std::string first = scene.container();
  static_cast<void>(scene.fixture.night(scene.source, true));
  const std::string entry =
      "log/" + audit(scene.fixture.run(), {}).backups.at(0).signer + "/0000000001.entry";
  SUBCASE("gone") { fs::remove(scene.object(entry)); }
  SUBCASE("damaged") { flip(scene.object(entry), 100); }
  SUBCASE("longer than any entry") { fs::resize_file(scene.object(entry), 200'000); }
  const ScrubReport report = scrub(scene.fixture.run(), {.quarantine = true});
  CHECK(report.errors >= 2);
  INFO("the container is sound and stays where it is");
  CHECK(fs::exists(scene.object(first)));
  const auto found =
      std::find_if(report.findings.begin(), report.findings.end(),
                   [&](const ScrubFinding& finding) { return finding.object == first; });
  REQUIRE(found != report.findings.end());
  CHECK(found->kind == "unlogged");
  CHECK(found->error);
  CHECK(found->problem.find(entry) != std::string::npos);
}

TEST_CASE("scrub knows an entry that the policy named, though it was the last one") {
  ScrubScene scene;
  const std::string container = scene.container();
  const std::string entry =
      "log/" + audit(scene.fixture.run(), {}).backups.at(0).signer + "/0000000001.entry";
  SUBCASE("named by a policy") {
    static_cast<void>(scene.fixture.put_under_escrow());
    fs::remove(scene.object(entry));
    CHECK(scene.findings() == ScrubScene::Found{{"unlogged", container}});
  }
  SUBCASE("by none: nobody but its device can tell it from a run that was cut short") {
    fs::remove(scene.object(entry));
    CHECK(scene.findings() == ScrubScene::Found{{"orphan", container}});
  }
}

TEST_CASE("verbs without a key do their work beside a damaged credential") {
  ScrubScene scene;
  const std::string container = scene.container();
  static_cast<void>(scene.fixture.night(scene.source));
  SUBCASE("a byte changed") { flip(scene.fixture.credential_file(), 40); }
  SUBCASE("empty") { fs::resize_file(scene.fixture.credential_file(), 0); }
  SUBCASE("far too long") { fs::resize_file(scene.fixture.credential_file(), 100'000'000); }
  scene.fixture.warnings.clear();
  CHECK(scrub(scene.fixture.run(), {}).errors == 0);
  REQUIRE(scene.fixture.warnings.size() == 1);
  CHECK(scene.fixture.warnings[0].find(scene.fixture.credential_file().string()) !=
        std::string::npos);
  CHECK(list_snapshots(scene.fixture.run(), {}).size() == 2);
  const AuditReport audited = audit(scene.fixture.run(), {});
  CHECK_FALSE(audited.has_errors());
  CHECK(std::count_if(audited.findings.begin(), audited.findings.end(),
                      [](const AuditFinding& finding) { return finding.code == "own-memory"; }) ==
        1);
  flip(scene.object(container), 500);
  CHECK(scrub(scene.fixture.run(), {.quarantine = true}).errors == 1);
  CHECK_FALSE(fs::exists(scene.object(container)));
}

TEST_CASE("a container whose entry was set aside is no orphan") {
  ScrubScene scene;
  const std::string container = scene.container();
  const std::string entry =
      "log/" + audit(scene.fixture.run(), {}).backups.at(0).signer + "/0000000001.entry";
  flip(scene.object(entry), 100);
  static_cast<void>(scene.findings(true));
  CHECK(scene.findings().contains({"unlogged", container}));
  CHECK_FALSE(scene.findings().contains({"orphan", container}));
}

TEST_CASE("scrub tells what is no object of a vault") {
  ScrubScene scene;
  static_cast<void>(
      write_file(scene.object("log") / "README", bytes_of("hello"), 0600, Existing::refuse));
  CHECK(scene.findings() == ScrubScene::Found{{"unknown", "log/README"}});
}

TEST_CASE("quarantine moves damaged containers and entries aside") {
  ScrubScene scene;
  const std::string container = scene.container();  // the first night's, whose entry stays whole
  static_cast<void>(scene.fixture.night(scene.source, true));
  flip(scene.object(container), 500);
  const std::string signer = audit(scene.fixture.run(), {}).backups.at(0).signer;
  const std::string entry = "log/" + signer + "/0000000002.entry";
  flip(scene.object(entry), 100);
  const ScrubReport report = scrub(scene.fixture.run(), {.quarantine = true});
  // The container, the entry, and the sound container that the entry alone leads to.
  CHECK(report.errors == 3);
  for (const ScrubFinding& finding : report.findings) {
    if (!finding.error) continue;
    CHECK(finding.quarantined == (finding.object == container || finding.object == entry));
  }
  CHECK_FALSE(fs::exists(scene.object(container)));
  CHECK_FALSE(fs::exists(scene.object(entry)));
  CHECK(LocalStorage::open(scene.fixture.vault()).list("damaged").size() == 2);
  CHECK(scene.findings().contains({"missing", container}));
}

TEST_CASE("a scrub that finds the vault sound again takes its verdict back") {
  ScrubScene scene;
  const fs::path container = scene.object(scene.container());
  const Bytes sound = read_all(container);
  flip(container, 500);
  CHECK(scrub(scene.fixture.run(), {}).errors == 1);
  static_cast<void>(write_file(container, sound, 0600, Existing::replace));
  CHECK(scrub(scene.fixture.run(), {}).errors == 0);
  CHECK_FALSE(scene.fixture.night(scene.source).full);
}

TEST_CASE("quarantine leaves alone what was put in the place of a damaged object meanwhile") {
  ScrubScene scene;
  const std::string container = scene.container();
  static_cast<void>(scene.fixture.night(scene.source, true));
  std::string name = container;
  SUBCASE("a container") {}
  SUBCASE("an entry") {
    name = "log/" + audit(scene.fixture.run(), {}).backups.at(0).signer + "/0000000002.entry";
  }
  const Bytes sound = read_all(scene.object(name));
  flip(scene.object(name), 100);
  Run run = scene.fixture.run();
  std::size_t looked_at = 0;
  const std::size_t objects = LocalStorage::open(scene.fixture.vault()).list("").size();
  run.on_progress = [&](const Progress&) {
    // All was looked at, and nothing moved yet.
    if (++looked_at < objects) return;
    static_cast<void>(write_file(scene.object(name), sound, 0600, Existing::replace));
  };
  const ScrubReport report = scrub(run, {.quarantine = true});
  CHECK(std::any_of(report.findings.begin(), report.findings.end(), [&](const ScrubFinding& one) {
    return one.object == name && one.kind == "damaged" && !one.quarantined;
  }));
  CHECK(read_all(scene.object(name)) == sound);
  CHECK(LocalStorage::open(scene.fixture.vault()).list("damaged").empty());
}

TEST_CASE(
    "what a scrub or verify of a copy of the vault's folder finds says nothing of the vault") {
  ScrubScene scene;
  const fs::path mirror = scene.fixture.folder() / "mirror";
  fs::copy(scene.fixture.vault(), mirror, fs::copy_options::recursive);
  Run at_mirror = scene.fixture.run();
  at_mirror.places.vault = mirror;
  SUBCASE("damage of the copy") {
    flip(mirror / scene.container(), 500);
    CHECK(scrub(at_mirror, {}).errors == 1);
    CHECK(verify(at_mirror, {}, scene.fixture.owner()).failed == 1);
    const StatusReport report = status(scene.fixture.run(), {});
    CHECK(report.ok());
    CHECK_FALSE(report.scrubbed);
    CHECK_FALSE(report.sources.at(0).verified);
    CHECK_FALSE(scene.fixture.night(scene.source).full);
  }
  SUBCASE("a sound copy of what is damaged") {
    flip(scene.object(scene.container()), 500);
    CHECK(scrub(scene.fixture.run(), {}).errors == 1);
    CHECK(scrub(at_mirror, {}).errors == 0);
    CHECK(verify(at_mirror, {}, scene.fixture.owner()).failed == 0);
    const StatusReport report = status(scene.fixture.run(), {});
    CHECK(report.scrub_failed());
    CHECK(report.sources.at(0).damaged);
    CHECK(scene.fixture.night(scene.source).full);
  }
  SUBCASE("the vault under another name") {
    const fs::path link = scene.fixture.folder() / "link";
    fs::create_directory_symlink(scene.fixture.vault(), link);
    at_mirror.places.vault = link;
    CHECK(scrub(at_mirror, {}).errors == 0);
    CHECK(status(scene.fixture.run(), {}).scrubbed);
  }
}
