#include "ops/restore_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "ops/catalog_scene.hpp"
#include "support/error_kind.hpp"

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

}  // namespace valise::test
