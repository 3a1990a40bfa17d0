#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/open_below.hpp"
#include "ops/media_scene.hpp"
#include "support/no_privilege.hpp"
#include "support/peak_memory.hpp"
#include "support/test_files.hpp"
#include "valise/verify.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("symlinks are recorded, and their targets are not taken along") {
  MediaScene scene;
  scene.put("outside/secret", "s");
  fs::create_directories(scene.at("Attachments"));
  fs::create_symlink("../outside", scene.at("Attachments/link"));
  scene.name("Attachments/link/secret");
  scene.name("Attachments/link/absent");
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.missing == 0);
  CHECK(summary.files.unreadable == 1);
  CHECK(summary.files.without_content == 2);
  REQUIRE(scene.notices.size() == 1);
  CHECK(scene.notices[0].kind == FileNotice::Kind::unreadable);
  CHECK(scene.notices[0].path == "Attachments/link");
  CHECK(scene.notices[0].reason.starts_with("2 files named by the database lie behind"));
  const auto files = scene.files_of(summary.snapshot);
  CHECK(files.at("Attachments/link").row.state == FileState::symlink);
  CHECK(files.at("Attachments/link").row.link == "../outside");
  CHECK(files.at("Attachments/link/secret").row.state == FileState::missing);
  CHECK(scene.packs().empty());
}

TEST_CASE("a folder of attachments that was moved, with a symlink in its place, is backed up") {
  MediaScene scene;
  scene.put("Attachments/a/named", random_text(1000));
  scene.put("Attachments/b/unnamed", random_text(1000));
  scene.name("Attachments/a/named", 1000);
  scene.name("Attachments/c/late", 4);
  CHECK(scene.back_up().files.files == 2);
  const fs::path disk = scene.night.folder() / "disk";
  fs::rename(scene.at("Attachments"), disk);
  fs::create_symlink(disk, scene.at("Attachments"));
  scene.put("Attachments/c/late", "late");
  scene.put("Attachments/large", random_text(std::size_t{9} << 20));
  BackupSummary summary = scene.back_up();
  CHECK(summary.files.files == 4);
  CHECK(summary.files.files_new == 2);
  CHECK(summary.files.missing == 0);
  CHECK(summary.files.complete());
  CHECK(scene.notices.empty());
  for (const auto& [path, file] : scene.files_of(summary.snapshot)) {
    CHECK(file.content == text_at(scene.at(path)));
  }
  const RestoreResult result = scene.night.restore();
  CHECK(result.files_refused.count == 0);
  CHECK(result.files == 4);
  CHECK(fs::is_directory(fs::symlink_status(result.folder / "Attachments")));

  // The disk is not there: nothing is lost, and it is told.
  fs::rename(disk, scene.night.folder() / "away");
  summary = scene.back_up();
  CHECK(summary.files.unreadable == 1);
  CHECK(summary.files.missing == 0);
  CHECK(summary.files.gone == 0);
  CHECK(scene.files_of(summary.snapshot).size() == 4);
  REQUIRE(scene.notices.size() == 1);
  CHECK(scene.notices[0].path == "Attachments");
  fs::rename(scene.night.folder() / "away", disk);
  CHECK(scene.back_up().files.files == 4);
}

TEST_CASE("a folder of attachments that is gone or no folder is told, and nothing is dropped") {
  MediaScene scene;
  scene.put("Attachments/named", "named");
  scene.put("Attachments/unnamed", "unnamed");
  scene.name("Attachments/named", 5);
  for (int i = 0; i < 3000; ++i) scene.put("StickerCache/" + std::to_string(i), "");
  CHECK(scene.back_up().files.complete());
  fs::remove_all(scene.at("Attachments"));
  std::string path = "Attachments";
  SUBCASE("gone") { path = "Attachments/"; }
  SUBCASE("a file") { scene.put("Attachments", "x"); }
  SUBCASE("a pipe") { REQUIRE(mkfifo(scene.at("Attachments").c_str(), 0600) == 0); }
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK(summary.files.unreadable == 1);
    CHECK(summary.files.gone == 0);
    REQUIRE(scene.notices.size() == 1);
    CHECK(scene.notices[0].path == path);
    auto files = scene.files_of(summary.snapshot);
    CHECK(files.size() == 3002);
    CHECK(files.at("Attachments/unnamed").content == "unnamed");
  }
  // The way out that is told.
  fs::remove(scene.at("Attachments"));
  fs::create_directory(scene.at("Attachments"));
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.complete());
  CHECK(summary.files.gone == 1);
  CHECK(summary.files.missing_kept == 1);
}

TEST_CASE(
    "a folder that became a file or a link: its files come back, and what gives way is told") {
  MediaScene scene;
  scene.put("Attachments/a/b", "below");
  scene.put("Attachments/l/m", "below");
  scene.name("Attachments/a/b", 5);
  scene.name("Attachments/l/m", 5);
  CHECK(scene.back_up().files.missing == 0);
  fs::remove_all(scene.at("Attachments/a"));
  scene.put("Attachments/a", "a file by now");
  fs::rename(scene.at("Attachments/l"), scene.night.folder() / "elsewhere");
  fs::create_symlink(scene.night.folder() / "elsewhere", scene.at("Attachments/l"));
  const BackupSummary summary = scene.back_up();
  CHECK(summary.files.missing_kept == 1);
  CHECK(summary.files.unreadable == 1);
  CHECK(scene.files_of(summary.snapshot).size() == 4);
  const Paths refused{"Attachments/a", "Attachments/l"};
  const auto paths_in = [](const FileFaults& faults) {
    Paths paths;
    for (const FileFault& fault : faults.first) paths.push_back(fault.path);
    return paths;
  };
  const VerifyReport report = verify(scene.night.run(), {}, scene.night.owner());
  CHECK(report.failed == 0);
  CHECK(paths_in(report.snapshots.at(0).files_refused) == refused);
  const RestoreResult result = scene.night.restore();
  CHECK(paths_in(result.files_refused) == refused);
  CHECK(result.files == 2);
  CHECK(text_at(result.folder / "Attachments/a/b") == "below");
  CHECK(text_at(result.folder / "Attachments/l/m") == "below");
}

TEST_CASE("files that cannot be taken, however many and long their paths, take no memory") {
  constexpr int kFiles = 10'000;
  constexpr long kKibMax = 24L * 1024;  // One path each would take 40 MB.
  MediaScene scene;
  fs::create_directories(scene.at("Attachments"));
  UniqueFd folder(open(scene.at("Attachments").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto go_down = [&folder](std::size_t bytes) {
    const std::string part(bytes, 'd');
    REQUIRE(mkdirat(folder.get(), part.c_str(), 0700) == 0);
    folder = open_folder_at(folder.get(), part.c_str());
    REQUIRE(folder);
  };
  for (int i = 0; i < 16; ++i) go_down(240);
  bool special = false;
  SUBCASE("pipes") { special = true; }
  SUBCASE("paths that are too long to be stored") { go_down(220); }
  for (int i = 0; i < kFiles; ++i) {
    const std::string name = std::to_string(i) + (special ? "" : "-with-a-longer-name");
    const mode_t type = special ? S_IFIFO : S_IFREG;
    REQUIRE(mknodat(folder.get(), name.c_str(), type | 0600, 0) == 0);
  }
  CHECK(peak_memory(kKibMax, [&] {
          BackupOptions options;  // None of the notices is kept.
          options.sources = {scene.database()};
          const BackupSummary summary = whole(backup(scene.night.run(), options)).sources.at(0);
          return (special ? summary.files.special : summary.files.unreadable) == kFiles;
        }) == PeakMemory::flat);
}

TEST_CASE("a folder that cannot be looked into costs the next night nothing") {
  MediaScene scene;
  scene.put("Attachments/a", "a");
  scene.put("Drafts/closed/had", "had");
  scene.name("Drafts/closed/had", 3);
  for (int i = 0; i < 300; ++i) scene.name("Drafts/closed/" + std::to_string(i), 7);
  CHECK(scene.back_up().files.missing == 300);
  fs::permissions(scene.at("Drafts/closed"), fs::perms::none);
  const NoPrivilege nobody(scene.night.folder());
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK_FALSE(summary.full);
    CHECK(summary.files.unreadable == 1);
    CHECK(summary.files.missing == 0);
    REQUIRE(scene.notices.size() == 1);
    CHECK(scene.notices[0].path == "Drafts/closed/");
    // The rows are those of the night before.
    CHECK(scene.catalog_records(summary.snapshot) == 0);
    const auto files = scene.files_of(summary.snapshot);
    CHECK(files.size() == 302);
    CHECK(files.at("Drafts/closed/had").content == "had");
    CHECK(files.at("Drafts/closed/7").row.state == FileState::missing);
  }
  fs::permissions(scene.at("Drafts/closed"), fs::perms::owner_all);
}

}  // namespace valise::test
