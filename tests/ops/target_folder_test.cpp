#include "ops/target_folder.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>

#include "ops/catalog_scene.hpp"
#include "ops/restore.hpp"
#include "ops/target_names.hpp"
#include "support/temp_folder.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

CatalogFile row(const std::string& path) {
  CatalogFile file;
  file.path = path;
  file.mode = 0600;
  return file;
}

CatalogFile link_row(const std::string& path, const std::string& link) {
  CatalogFile file = row(path);
  file.state = FileState::symlink;
  file.link = link;
  return file;
}

/// What a restore does with one file; the reason where it is refused.
std::string put(TargetFolder& target, const CatalogFile& file, const std::string& content = {}) {
  try {
    const auto sink = target.open(0, file);
    if (!content.empty()) sink->write(bytes_of(content));
    sink->finish();
    return {};
  } catch (const FileRefused& refused) {
    return refused.problem;
  }
}

/// On a file system that takes "A.jpg" and "a.jpg" for the same name, a file that was just made
/// under the one is found under the other as well: the same object, of the same device and inode,
/// and a name that is taken. Such a file system cannot be had without privileges; a hard link (of a
/// symlink, where it is one) shows a restore the same. What differs: there the folder lists one
/// name, here two. tests/cli/folded_names_test.sh does it with whole folders.
void fold_names(const fs::path& made, const fs::path& other) {
  REQUIRE(linkat(AT_FDCWD, made.c_str(), AT_FDCWD, other.c_str(), 0) == 0);
}

}  // namespace

TEST_CASE("of two names that a file system takes for the same the first stands, and is told") {
  const TempFolder folder;
  bool overwrite = false;
  SUBCASE("into an empty folder") {}
  SUBCASE("over what stands there, but not over this restore's own") { overwrite = true; }
  TargetFolder target(folder.path(), overwrite);
  target.begin(1);
  CHECK(put(target, row("d/a.jpg"), "first").empty());
  fold_names(folder.path() / "d/a.jpg", folder.path() / "d/A.jpg");
  const std::string problem = put(target, row("d/A.jpg"), "second");
  CHECK(problem.starts_with((folder.path() / "d/A.jpg").string()));
  CHECK(problem.find("takes its name for that of " + (folder.path() / "d/a.jpg").string() +
                     ", which stands there") != std::string::npos);
  CHECK(problem.find("--files") != std::string::npos);
  CHECK(text_at(folder.path() / "d/a.jpg") == "first");

  // Links, and a file and a link, do the same.
  CHECK(put(target, link_row("link", "here")).empty());
  fold_names(folder.path() / "link", folder.path() / "LINK");
  CHECK(
      put(target, link_row("LINK", "there")).find("that of " + (folder.path() / "link").string()) !=
      std::string::npos);
  CHECK(fs::read_symlink(folder.path() / "link") == "here");
  CHECK(put(target, row("file"), "a file").empty());
  fold_names(folder.path() / "file", folder.path() / "File");
  CHECK_FALSE(put(target, link_row("File", "elsewhere")).empty());
  CHECK(text_at(folder.path() / "file") == "a file");
  // Nothing half is left, and other names are free.
  CHECK(put(target, row("d/b.jpg"), "third").empty());
  CHECK(names_in(folder.path() / "d") == std::vector<std::string>{"A.jpg", "a.jpg", "b.jpg"});
  CHECK(names_in(folder.path()) == std::vector<std::string>{"File", "LINK", "d", "file", "link"});
}

TEST_CASE("what came meanwhile is told from a name taken for the same") {
  const TempFolder folder;
  TargetFolder target(folder.path(), false);
  target.begin(1);
  const CatalogFile file = row("a");  // Outlives its sink.
  const auto sink = target.open(0, file);
  sink->write(bytes_of("ours"));
  write_text(folder.path() / "a", "a newcomer");
  std::string problem;
  try {
    sink->finish();
  } catch (const FileRefused& refused) {
    problem = refused.problem;
  }
  CHECK(problem.find("came to stand there meanwhile") != std::string::npos);
  CHECK(problem.find("file system") == std::string::npos);
  CHECK(text_at(folder.path() / "a") == "a newcomer");
}

TEST_CASE("a folder full of names taken for the same is not read for each of them") {
  const TempFolder folder;
  TargetFolder target(folder.path(), false);
  target.begin(1);
  CHECK(put(target, row("a"), "first").empty());
  fold_names(folder.path() / "a", folder.path() / "A");
  for (std::uint64_t i = 0; i < kNamedCollisionsMax; ++i) {
    if (put(target, row("A")).find("that of") == std::string::npos) FAIL("not named: ", i);
  }
  const std::string last = put(target, row("A"));
  CHECK(last.find("something stands there already") != std::string::npos);
  CHECK(last.find("that of") == std::string::npos);
}

TEST_CASE("an older file under the other name is replaced where that was asked for") {
  const TempFolder folder;
  write_text(folder.path() / "a.jpg", "of an earlier restore");
  fold_names(folder.path() / "a.jpg", folder.path() / "A.jpg");
  TargetFolder target(folder.path(), true);
  target.begin(1);
  CHECK(put(target, row("A.jpg"), "new").empty());
  CHECK(text_at(folder.path() / "A.jpg") == "new");
}

TEST_CASE("a whole restore says which of two files stands under which name") {
  const MadeFile large{.piece_bytes = 1000};  // Restored at once and in order; small ones later.
  CatalogScene scene;
  scene.maker.add("A.jpg", noise(10'000, 1), large);
  scene.maker.add("B.jpg", noise(10'000, 2), large);
  scene.maker.add("a.jpg", "the other");
  scene.full(scene.maker.take());
  Run run = scene.fixture.run("stranger");
  run.on_progress = [&](const Progress& progress) {
    const fs::path made = scene.to() / "A.jpg";
    if (progress.step == "restoring files" && fs::exists(made) &&
        !fs::exists(scene.to() / "a.jpg")) {
      fold_names(made, scene.to() / "a.jpg");
    }
  };
  RestoreOptions options;
  options.to = scene.to();
  SUBCASE("into an empty folder") {}
  SUBCASE("over what stands there") { options.overwrite = true; }
  const RestoreResult result = restore_from(scene.vault, run, options, scene.fixture.owner());
  CHECK(result.files == 2);
  REQUIRE(paths_of(result.files_refused) == std::vector<std::string>{"a.jpg"});
  CHECK(result.files_refused.first[0].problem.find("that of " + (scene.to() / "A.jpg").string() +
                                                   ", which stands there") != std::string::npos);
  CHECK(scene.restored("A.jpg").size() == 10'000);
}

TEST_CASE("what stands at a path is found by the names that folders list") {
  const TempFolder folder;
  const UniqueFd fd(open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(is_empty_folder(fd.get()));
  fs::create_directories(folder.path() / "d/e");
  write_text(folder.path() / "d/e/a", "x");
  write_text(folder.path() / "d/e/b", "x");
  CHECK_FALSE(is_empty_folder(fd.get()));
  CHECK(listed_path(fd.get(), "d/e/a") == "d/e/a");
  CHECK(listed_path(fd.get(), "d/e/absent") == "d/e/absent");
  CHECK(listed_path(fd.get(), "d/absent/a") == "d/absent/a");
  CHECK(listed_path(fd.get(), "d") == "d");
  fold_names(folder.path() / "d/e/a", folder.path() / "d/e/A");
  CHECK(listed_path(fd.get(), "d/e/a") == "d/e/A");
  CHECK(listed_path(fd.get(), "d/e/A") == "d/e/a");
  CHECK(listed_path(fd.get(), "d/e/b") == "d/e/b");
}

}  // namespace valise::test
