#include "ops/restore_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "base/hex.hpp"
#include "ops/catalog_scene.hpp"
#include "ops/restore.hpp"
#include "support/error_kind.hpp"
#include "support/file_size_limit.hpp"
#include "support/peak_memory.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct stat status_of(const fs::path& path) {
  struct stat info {};
  CHECK(lstat(path.c_str(), &info) == 0);
  return info;
}

std::int64_t mtime_ns(const struct stat& info) {
#ifdef __APPLE__
  return std::int64_t{info.st_mtimespec.tv_sec} * 1'000'000'000 + info.st_mtimespec.tv_nsec;
#else
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
#endif
}

/// All names below the target, but for the folders themselves.
Names files_below(const fs::path& folder) {
  Names names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink()) {
      names.push_back(fs::relative(entry.path(), folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

RestoreOptions only_files(const std::vector<std::string>& patterns) {
  RestoreOptions options;
  options.files = patterns;
  return options;
}

}  // namespace

TEST_CASE("files come back with their content, modes and times, and symlinks as symlinks") {
  CatalogScene scene;
  const Bytes film = noise(40'000'000, 7);
  scene.maker.add("Attachments/00/a.jpg", "a picture", {.mode = 0640});
  scene.maker.add("Attachments/00/film.mov", film, {.mode = 0600});
  scene.maker.add("Attachments/empty", "", {.mode = 0444, .mtime_ns = -1'500'000'001});
  scene.maker.add("setuid", "x", {.mode = 07755});
  scene.maker.add("text.txt", std::string(100'000, 't'), {.codec = RecordCodec::zstd});
  scene.maker.add_link("latest", "Attachments/00/a.jpg");
  scene.maker.add_link("out", "/etc/passwd");
  scene.maker.add_missing("Attachments/cloud.jpg", 123);
  scene.full(scene.maker.take());
  const RestoreResult result = scene.restore();
  CHECK(result.files == 5);
  CHECK(result.files_bytes == 9 + film.size() + 1 + 100'000);
  CHECK(result.links == 2);
  CHECK(result.files_missing == 1);
  CHECK(result.files_missing_bytes == 123);
  CHECK(result.files_damaged.count == 0);
  CHECK(result.files_refused.count == 0);
  CHECK(fs::exists(result.database));
  CHECK(scene.restored("Attachments/00/a.jpg") == "a picture");
  CHECK(read_all(scene.to() / "Attachments/00/film.mov") == film);
  CHECK(scene.restored("text.txt") == std::string(100'000, 't'));
  CHECK((status_of(scene.to() / "Attachments/00/a.jpg").st_mode & 07777) == 0640);
  CHECK(mtime_ns(status_of(scene.to() / "Attachments/00/a.jpg")) == 1'731'023'990'123'456'789);
  CHECK((status_of(scene.to() / "Attachments/empty").st_mode & 07777) == 0444);
  CHECK(mtime_ns(status_of(scene.to() / "Attachments/empty")) == -1'500'000'001);
  CHECK((status_of(scene.to() / "setuid").st_mode & 07777) == 0755);
  CHECK(fs::read_symlink(scene.to() / "latest") == "Attachments/00/a.jpg");
  CHECK(mtime_ns(status_of(scene.to() / "latest")) == 1'600'000'000'000'000'000);
  CHECK(fs::read_symlink(scene.to() / "out") == "/etc/passwd");
  CHECK(files_below(scene.to()).size() == 8);
}

TEST_CASE("an increment's files are those of its chain") {
  CatalogScene scene;
  scene.maker.add("a", "old");
  scene.maker.add("b", "stays");
  scene.maker.add("c", "goes");
  const std::string first = scene.full(scene.maker.take());
  scene.maker.add("a", "new");
  scene.maker.add_removed("c");
  scene.increment(scene.maker.take());
  static_cast<void>(scene.restore());
  CHECK(files_below(scene.to()) == Names{"a", "b", "forged.db"});
  CHECK(scene.restored("a") == "new");
  fs::remove_all(scene.to());
  RestoreOptions options;
  options.snapshot = first;
  static_cast<void>(scene.restore(options));
  CHECK(files_below(scene.to()) == Names{"a", "b", "c", "forged.db"});
  CHECK(scene.restored("a") == "old");
}

TEST_CASE("the database alone, or files alone") {
  CatalogScene scene;
  scene.maker.add("Attachments/1/a.jpg", "a");
  scene.maker.add("Attachments/2/b.jpg", "b");
  scene.maker.add("Attachments/2/b[1].png", "c");
  scene.maker.add_missing("Attachments/2/m.jpg", 5);
  const std::string snapshot = scene.full(scene.maker.take());
  SUBCASE("the database") {
    RestoreOptions options;
    options.db_only = true;
    CHECK(scene.restore(options).files == 0);
    CHECK(files_below(scene.to()) == Names{"forged.db"});
    options.files = {"*"};
    CHECK(kind_of([&] { static_cast<void>(scene.restore(options)); }) == ErrorKind::usage);
  }
  SUBCASE("files by a pattern, which goes over folders") {
    const RestoreResult result = scene.restore(only_files({"*.jpg"}));
    CHECK(result.files == 2);
    CHECK(result.files_missing == 1);
    CHECK(result.database.empty());
    CHECK(files_below(scene.to()) == Names{"Attachments/1/a.jpg", "Attachments/2/b.jpg"});
  }
  SUBCASE("several patterns, and a name as it stands") {
    const auto result = scene.restore(only_files({"Attachments/1/*", "Attachments/2/b[1].png"}));
    CHECK(result.files == 2);
    CHECK(scene.warnings.empty());
  }
  SUBCASE("a folder is all that is below it") {
    for (const char* const name : {"Attachments", "Attachments/", "Attachments//"}) {
      fs::remove_all(scene.to());
      const RestoreResult result = scene.restore(only_files({name}));
      CHECK(result.files == 3);
      CHECK(result.files_missing == 1);
    }
    fs::remove_all(scene.to());
    CHECK(scene.restore(only_files({"Attachments/[12]/"})).files == 3);
    fs::remove_all(scene.to());
    CHECK(scene.restore(only_files({"Attachments/1"})).files == 1);
    for (const char* const name : {"Attach", "ttachments", "/", ""}) {
      const auto work = [&] { static_cast<void>(scene.restore(only_files({name}))); };
      CHECK(kind_of(work) == ErrorKind::not_found);
    }
  }
  SUBCASE("a file that has no content in the backup is none to restore") {
    for (const char* const name : {"*/m.jpg", "Attachments/2/m.jpg"}) {
      const auto work = [&] { static_cast<void>(scene.restore(only_files({name}))); };
      CHECK(kind_of(work) == ErrorKind::not_found);
      CHECK(message_of(work).find("1 file by") != std::string::npos);
      CHECK(message_of(work).find("an older backup may have it") != std::string::npos);
    }
  }
  SUBCASE("a pattern that means nothing beside one that does") {
    CHECK(scene.restore(only_files({"Attachments/1/*", "nothing"})).files == 1);
    REQUIRE(scene.warnings.size() == 1);
    CHECK(scene.warnings[0].find("\"nothing\"") != std::string::npos);
  }
  SUBCASE("nothing at all") {
    const auto work = [&] { static_cast<void>(scene.restore(only_files({"*.gif", "nothing"}))); };
    CHECK(kind_of(work) == ErrorKind::not_found);
    CHECK(message_of(work).find("valise list --files " + snapshot.substr(0, 8)) !=
          std::string::npos);
  }
}

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

TEST_CASE("a pack that is damaged, missing or swapped: its files are named, all others come") {
  CatalogScene scene;
  scene.maker.add("sound/1", noise(3000, 1));
  const Bytes32 sound = scene.maker.end_pack();
  scene.maker.add("bad/1", noise(3000, 2));
  scene.maker.add("bad/2", noise(20'000, 3), {.piece_bytes = 1000});
  const Bytes32 bad = scene.maker.end_pack();
  scene.full(scene.maker.take());
  const ObjectName pack = pack_object(bad);
  SUBCASE("damaged") { scene.damage(bad); }
  SUBCASE("missing") { scene.vault.remove(pack); }
  SUBCASE("swapped") { scene.vault.overwrite(pack, scene.vault.content(pack_object(sound))); }
  const RestoreResult result = scene.restore();
  CHECK(result.files == 1);
  CHECK(result.files_damaged.count == 2);
  CHECK(paths_of(result.files_damaged) == Names{"bad/1", "bad/2"});
  for (const FileFault& file : result.files_damaged.first) {
    CHECK(file.problem.starts_with(pack));
  }
  CHECK(files_below(scene.to()) == Names{"forged.db", "sound/1"});
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

TEST_CASE("paths that people do not choose come back as they are") {
  CatalogScene scene;
  std::string longest;
  while (longest.size() + 2 <= kCatalogPathBytesMax) longest += "d/";
  longest.resize(kCatalogPathBytesMax - 1);
  if (longest.back() == '/') longest.back() = 'd';
  longest += "f";
  const std::string too_long_part(300, 'n');
  scene.maker.add("a\nb\x1b[31m", "newline");
  scene.maker.add("\xff\xfe", "no UTF-8");
  scene.maker.add(longest, "deep");
  scene.maker.add(too_long_part, "no name");
  scene.full(scene.maker.take());
  const RestoreResult result = scene.restore();
  CHECK(paths_of(result.files_refused) == Names{too_long_part});
  CHECK(result.files == 3);
  CHECK(scene.restored("a\nb\x1b[31m") == "newline");
  CHECK(scene.restored("\xff\xfe") == "no UTF-8");
  // Nobody can name it from the root: once more, and the walk finds it there.
  fs::remove(scene.to() / "forged.db");
  CHECK(message_of([&] {
          static_cast<void>(scene.restore(only_files({longest})));
        }).find("it exists") != std::string::npos);
  // Too deep for the library's own walk as well.
  CHECK(std::system(("rm -rf '" + scene.to().string() + "'").c_str()) == 0);
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

TEST_CASE("a file of any size, and a hundred thousand rows, are restored in flat memory") {
  CatalogScene scene;
  SUBCASE("one large file") {
    scene.maker.add("film", Bytes(400'000'000, 7), {.codec = RecordCodec::zstd});
  }
  SUBCASE("many files") {
    for (int i = 0; i < 100'000; ++i) {
      scene.maker.add_missing("Attachments/00/a file of some name " + std::to_string(i), 1);
    }
  }
  scene.full(scene.maker.take());
  const PeakMemory peak = peak_memory(128 * 1024, [&] {
    const RestoreResult result = scene.restore();
    return result.files_bytes == 400'000'000 || result.files_missing == 100'000;
  });
  CHECK(peak == PeakMemory::flat);
}

TEST_CASE("a full disk ends a restore of files, and nothing half has a name") {
  CatalogScene scene;
  scene.maker.add("a", noise(1000, 1));
  scene.maker.add("b", noise(9'000'000, 2));
  scene.maker.add("c", noise(80'000'000, 3), {.piece_bytes = 4'000'000});
  scene.full(scene.maker.take());
  for (const rlim_t limit : {1'000'000U, 30'000'000U}) {
    fs::remove_all(scene.to());
    std::optional<ErrorKind> kind;
    {
      const FileSizeLimit no_room(limit);
      kind = kind_of([&] { static_cast<void>(scene.restore()); });
    }
    CHECK(kind == ErrorKind::storage);
    for (const std::string& name : files_below(scene.to())) {
      CHECK(fs::file_size(scene.to() / name) == (name == "a" ? 1000 : 9'000'000));
    }
  }
  CHECK(scene.restore_over().files == 3);
}

TEST_CASE("what a killed restore left goes with the next one") {
  CatalogScene scene;
  scene.maker.add("a/b/c", "ours");
  scene.maker.add("d", "ours");
  scene.full(scene.maker.take());
  const std::string leftover = ".valise-0123456789abcdef.partial";
  fs::create_directories(scene.to() / "a/b");
  for (const char* const folder : {"", "a", "a/b"}) {
    write_text(scene.to() / folder / leftover, "half");
  }
  write_text(scene.to() / "a" / ".valise-notours.partial", "not ours");
  static_cast<void>(scene.restore());
  CHECK(files_below(scene.to()) == Names{"a/.valise-notours.partial", "a/b/c", "d", "forged.db"});
}

TEST_CASE("an interrupted restore leaves whole files and no database") {
  CatalogScene scene;
  for (int i = 0; i < 300; ++i) scene.maker.add("f" + std::to_string(1000 + i), noise(100, 1));
  scene.full(scene.maker.take());
  Cancellation cancellation;
  Run run = scene.fixture.run("stranger");
  run.cancellation = &cancellation;
  run.on_progress = [&](const Progress& progress) {
    if (progress.step == "restoring files") cancellation.request();
  };
  RestoreOptions options;
  options.to = scene.to();
  CHECK(kind_of([&] {
          static_cast<void>(restore_from(scene.vault, run, options, scene.fixture.owner()));
        }) == ErrorKind::cancelled);
  for (const std::string& name : files_below(scene.to())) {
    CAPTURE(name);
    CHECK(name.starts_with("f1"));
    CHECK(fs::file_size(scene.to() / name) == 100);
  }
  CHECK(scene.restore_over().files == 300);
}

TEST_CASE("two restores do not write files into one folder at once") {
  CatalogScene scene;
  scene.maker.add("a", "ours");
  scene.full(scene.maker.take());
  fs::create_directory(scene.to());
  {
    const TargetFolder other(scene.to(), false);
    const auto work = [&] { static_cast<void>(scene.restore()); };
    CHECK(kind_of(work) == ErrorKind::locked);
  }
  CHECK(scene.restore().files == 1);
}

TEST_CASE("a damaged catalog says how to have the database all the same") {
  CatalogScene scene;
  scene.maker.add("a", "ours");
  const std::string snapshot = scene.full(scene.maker.take());
  // The catalog's record is the second of two: its bytes end the data area before the padding.
  Bytes content = scene.vault.content(container_of(snapshot));
  const ContainerParts parts = container_parts(scene.vault, snapshot);
  bool found = false;
  for (std::size_t at = parts.data.size(); at > 8 && !found; at -= 64) {
    Bytes damaged = content;
    damaged[at] ^= 1;
    scene.vault.overwrite(container_of(snapshot), damaged);
    const std::string message = message_of([&] { static_cast<void>(scene.restore()); });
    found = message.find("record 1 ") != std::string::npos;
    if (!found) {
      fs::remove_all(scene.to());
      continue;
    }
    CHECK(message.find("--db-only") != std::string::npos);
    RestoreOptions options;
    options.db_only = true;
    CHECK(scene.restore(options).messages > 0);
  }
  CHECK(found);
}

}  // namespace valise::test
