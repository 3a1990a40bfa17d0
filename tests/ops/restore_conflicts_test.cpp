#include <doctest/doctest.h>
#include <sys/stat.h>

#include "ops/catalog_scene.hpp"
#include "ops/restore.hpp"
#include "support/error_kind.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("what stands in the target is told before anything is written") {
  CatalogScene scene;
  scene.maker.add("a/b", "ours");
  scene.maker.add("a/c", "ours");
  scene.maker.add_link("a/d", "b");
  scene.maker.add("e", "ours");
  scene.full(scene.maker.take());
  fs::create_directories(scene.to() / "a");
  write_text(scene.to() / "a/c", "theirs");
  fs::create_symlink("nowhere", scene.to() / "a/d");
  const auto work = [&] { static_cast<void>(scene.restore()); };
  CHECK(kind_of(work) == ErrorKind::usage);
  CHECK(message_of(work).starts_with((scene.to() / "a/c").string()));
  CHECK(message_of(work).find("1 more") != std::string::npos);
  CHECK(message_of(work).find("--overwrite") != std::string::npos);
  CHECK(files_below(scene.to()) == Names{"a/c", "a/d"});
  CHECK(scene.restored("a/c") == "theirs");
  const RestoreResult result = scene.restore_over();
  CHECK(result.files == 3);
  CHECK(result.links == 1);
  CHECK(scene.restored("a/c") == "ours");
  CHECK(fs::read_symlink(scene.to() / "a/d") == "b");
  CHECK_FALSE(fs::exists(scene.to() / "nowhere"));
}

TEST_CASE("a symlink in the catalog or in the target is never followed") {
  CatalogScene scene;
  const fs::path outside = scene.fixture.folder() / "outside";
  fs::create_directory(outside);
  write_text(outside / "precious", "precious");
  SUBCASE("a link of the catalog and a file below it") {
    scene.maker.add_link("a", outside.string());
    scene.maker.add("a/precious", "stolen");
    scene.maker.add("b", "fine");
    scene.full(scene.maker.take());
    const RestoreResult result = scene.restore();
    // The files are what is wanted back: the link gives way.
    CHECK(paths_of(result.files_refused) == Names{"a"});
    CHECK_FALSE(fs::is_symlink(scene.to() / "a"));
    CHECK(scene.restored("a/precious") == "stolen");
    CHECK(scene.restored("b") == "fine");
  }
  SUBCASE("a link that stands in a folder's place") {
    scene.maker.add("a/precious", "stolen");
    scene.maker.add("a/b/c/precious", "stolen");
    scene.maker.add("z", "fine");
    scene.full(scene.maker.take());
    fs::create_directory(scene.to());
    fs::create_symlink(outside, scene.to() / "a");
    CHECK(scene.restore().files_refused.count == 2);
    fs::remove(scene.to() / "forged.db");
    CHECK(scene.restore_over().files_refused.count == 2);
    CHECK(scene.restored("z") == "fine");
  }
  SUBCASE("a link that stands in a file's place") {
    scene.maker.add("precious", "ours");
    scene.full(scene.maker.take());
    fs::create_directory(scene.to());
    fs::create_symlink(outside / "precious", scene.to() / "precious");
    CHECK(kind_of([&] { static_cast<void>(scene.restore()); }) == ErrorKind::usage);
    CHECK(scene.restore_over().files == 1);
    CHECK_FALSE(fs::is_symlink(scene.to() / "precious"));
    CHECK(scene.restored("precious") == "ours");
  }
  CHECK(names_in(outside) == Names{"precious"});
  CHECK(text_at(outside / "precious") == "precious");
}

TEST_CASE("of a row and those below it those below come back, whichever is written first") {
  const MadeFile large{.piece_bytes = 1000};  // Many pieces: written at once, before small ones.
  bool overwrite = false;
  SUBCASE("into an empty folder") {}
  SUBCASE("over what stands there") { overwrite = true; }
  for (const bool above_first : {true, false}) {
    CatalogScene scene;
    scene.maker.add("a", noise(10'000, 1), above_first ? large : MadeFile{});
    scene.maker.add("a.b", "between the two");
    scene.maker.add("a/b", noise(10'000, 2), above_first ? MadeFile{} : large);
    scene.maker.add("a/b/c", "deeper");
    scene.maker.add("a/d", "beside");
    scene.maker.add_link("l", "a");
    scene.maker.add_link("l/m", "x");
    scene.maker.add_link("l/m/n", "x");
    scene.maker.add_missing("m", 1);
    scene.maker.add("m/present", "below what is missing");
    scene.maker.add("p", "above what is missing");
    scene.maker.add_missing("p/q", 1);
    scene.full(scene.maker.take());
    if (overwrite) {
      fs::create_directories(scene.to());
      write_text(scene.to() / "a.b", "old");
    }
    const RestoreResult result = overwrite ? scene.restore_over() : scene.restore();
    CHECK(paths_of(result.files_refused) == Names{"a", "a/b", "l", "l/m"});
    for (const FileFault& file : result.files_refused.first) {
      CHECK(file.problem.find("other files of the snapshot stand below it") != std::string::npos);
    }
    CHECK(result.files == 5);
    CHECK(result.links == 1);
    CHECK(files_below(scene.to()) ==
          Names{"a.b", "a/b/c", "a/d", "forged.db", "l/m/n", "m/present", "p"});
    CHECK(scene.restored("a.b") == "between the two");
    // What was left out comes back alone.
    fs::remove_all(scene.to());
    CHECK(scene.restore(only_files({"a", "l/m"})).files_refused.count == 0);
    CHECK(scene.restored("a").size() == 10'000);
    CHECK(fs::read_symlink(scene.to() / "l/m") == "x");
  }
}

TEST_CASE("a file in a folder's place in the target keeps what is below it from coming") {
  CatalogScene scene;
  scene.maker.add("a/b", "ours");
  scene.maker.add("c", "ours");
  scene.full(scene.maker.take());
  fs::create_directory(scene.to());
  write_text(scene.to() / "a", "theirs");
  CHECK(paths_of(scene.restore().files_refused) == Names{"a/b"});
  CHECK(paths_of(scene.restore_over().files_refused) == Names{"a/b"});
  CHECK(scene.restored("a") == "theirs");
  CHECK(scene.restored("c") == "ours");
}

TEST_CASE("what is no file stands in the way") {
  CatalogScene scene;
  scene.maker.add("pipe", "ours");
  scene.maker.add("pipe2/below", "ours");
  scene.maker.add("folder", "ours");
  scene.maker.add("z", "fine");
  scene.full(scene.maker.take());
  fs::create_directories(scene.to() / "folder/within");
  REQUIRE(mkfifo((scene.to() / "pipe").c_str(), 0600) == 0);
  REQUIRE(mkfifo((scene.to() / "pipe2").c_str(), 0600) == 0);
  CHECK(kind_of([&] { static_cast<void>(scene.restore()); }) == ErrorKind::usage);
  const RestoreResult result = scene.restore_over();
  CHECK(paths_of(result.files_refused) == Names{"folder", "pipe2/below"});
  CHECK(scene.restored("pipe") == "ours");
  CHECK(scene.restored("z") == "fine");
  CHECK(fs::is_directory(scene.to() / "folder/within"));
}

TEST_CASE("the database's places are not those of files") {
  CatalogScene scene;
  scene.maker.add("forged.db", "not a database");
  scene.maker.add("forged.db-wal/x", "stale");
  scene.maker.add("Forged.DB-journal", "stale");
  scene.maker.add("forged.db2", "fine");
  scene.full(scene.maker.take());
  const RestoreResult result = scene.restore();
  CHECK(paths_of(result.files_refused) ==
        Names{"Forged.DB-journal", "forged.db", "forged.db-wal/x"});
  CHECK(files_below(scene.to()) == Names{"forged.db", "forged.db2"});
  CHECK(fs::file_size(result.database) == result.bytes);
}

TEST_CASE("a file that comes during the restore is left alone and named") {
  CatalogScene scene;
  scene.maker.add("a", "ours");
  scene.maker.add("b", "ours");
  scene.full(scene.maker.take());
  Run run = scene.fixture.run("stranger");
  run.on_progress = [&](const Progress& progress) {
    if (progress.step == "rebuilding") write_text(scene.to() / "a", "a newcomer");
  };
  RestoreOptions options;
  options.to = scene.to();
  const RestoreResult result = restore_from(scene.vault, run, options, scene.fixture.owner());
  CHECK(paths_of(result.files_refused) == Names{"a"});
  CHECK(scene.restored("a") == "a newcomer");
  CHECK(scene.restored("b") == "ours");
}

}  // namespace valise::test
