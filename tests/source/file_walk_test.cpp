#include "source/file_walk.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/error_kind.hpp"
#include "support/no_privilege.hpp"
#include "support/temp_folder.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

struct WalkFixture {
  TempFolder folder;
  std::vector<WalkProblem> problems;

  [[nodiscard]] fs::path at(const std::string& path) const { return folder.path() / path; }
  void put(const std::string& path, const std::string& content = "x") const {
    fs::create_directories(at(path).parent_path());
    write_text(at(path), content);
  }
  [[nodiscard]] std::vector<WalkedFile> walk(const std::vector<std::string>& roots,
                                             const std::vector<std::string>& files = {}) {
    FileWalk walk(
        folder.path(), roots,
        [this](WalkProblem problem) { problems.push_back(std::move(problem)); }, files);
    std::vector<WalkedFile> found;
    while (auto file = walk.next()) found.push_back(std::move(*file));
    return found;
  }
  [[nodiscard]] std::vector<std::string> paths(const std::vector<std::string>& roots) {
    std::vector<std::string> names;
    for (const WalkedFile& file : walk(roots)) names.push_back(file.path);
    return names;
  }
};

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("files come in the order of their whole paths") {
  WalkFixture fixture;
  for (const char* path : {"A/a/b", "A/a.txt", "A/a0", "A/a/b0/c", "A/a/b.c", "A/\xff", "B/z",
                           "A/line\nbreak", "C/not asked for", "A-/x"}) {
    fixture.put(path);
  }
  fs::create_directory(fixture.at("A/empty"));
  const Paths found = fixture.paths({"B", "A", "absent", "A/a", "A-"});
  CHECK(found == Paths{"A-/x", "A/a.txt", "A/a/b", "A/a/b.c", "A/a/b0/c", "A/a0", "A/line\nbreak",
                       "A/\xff", "B/z"});
  CHECK(std::is_sorted(found.begin(), found.end()));
  REQUIRE(fixture.problems.size() == 1);
  CHECK(fixture.problems[0].path == "absent");
  CHECK(fixture.problems[0].fault == WalkFault::absent);
}

TEST_CASE("a file's size, mode and times are those it has") {
  WalkFixture fixture;
  fixture.put("A/f", "12345");
  fs::permissions(fixture.at("A/f"), fs::perms(0640));
  struct timespec times[2] = {{1, 2}, {1'600'000'000, 123'456'789}};
  REQUIRE(utimensat(AT_FDCWD, fixture.at("A/f").c_str(), times, 0) == 0);
  const auto found = fixture.walk({"A"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].mode == 0640);
  CHECK(found[0].identity.size == 5);
  CHECK(found[0].identity.mtime_ns == 1'600'000'000'123'456'789);
  CHECK(found[0].identity.inode != 0);
  CHECK_FALSE(found[0].is_symlink);
}

TEST_CASE("symlinks below a root are told and never followed") {
  WalkFixture fixture;
  TempFolder outside;
  write_text(outside.path() / "secret", "s");
  fixture.put("A/f");
  fs::create_symlink(outside.path(), fixture.at("A/out"));
  fs::create_symlink("..", fixture.at("A/loop"));
  fs::create_symlink(outside.path(), fixture.at("B"));
  const auto found = fixture.walk({"A"}, {"B"});
  REQUIRE(found.size() == 4);
  CHECK(found[0].path == "A/f");
  CHECK(found[1].path == "A/loop");
  CHECK(found[1].link == "..");
  CHECK(found[2].link == outside.path().string());
  CHECK(found[3].path == "B");
  CHECK(found[3].is_symlink);

  FileWalk walk(fixture.folder.path(), {"A"}, {});
  CHECK_FALSE(walk.look_at("A/out/secret"));
  CHECK_FALSE(walk.open_file("A/out/secret").fd);
  CHECK_FALSE(walk.open_file("A/loop").fd);
  CHECK(walk.open_file("A/f").fd);
  CHECK(walk.look_at("A/loop")->link == "..");
  CHECK_FALSE(walk.look_at("A"));
  CHECK(walk.covers("A/anything"));
  CHECK_FALSE(walk.covers("AB"));
}

TEST_CASE("a root that is a symlink to a folder is that folder, as it was at the start") {
  WalkFixture fixture;
  TempFolder disk;
  fs::create_directories(disk.path() / "moved/sub");
  write_text(disk.path() / "moved/sub/f", "there");
  write_text(disk.path() / "moved/g", "there");
  fs::create_symlink(disk.path(), disk.path() / "moved/out");
  fs::create_symlink(disk.path() / "moved", disk.path() / "way");
  fixture.put("A/f");
  fixture.put("C/f");
  fs::create_symlink(disk.path() / "way", fixture.at("B"));
  FileWalk walk(fixture.folder.path(), {"A", "B", "C"},
                [&](WalkProblem problem) { fixture.problems.push_back(std::move(problem)); });
  // What it leads to later is not followed.
  fs::remove(fixture.at("B"));
  fs::create_symlink("/", fixture.at("B"));
  Paths found;
  while (auto file = walk.next()) found.push_back(file->path);
  CHECK(found == Paths{"A/f", "B/g", "B/out", "B/sub/f", "C/f"});
  CHECK(fixture.problems.empty());
  CHECK(walk.open_file("B/sub/f").fd);
  CHECK_FALSE(walk.open_file("B/out/way").fd);
  CHECK(walk.look_at("B/g"));
  CHECK_FALSE(walk.look_at("B/absent/f"));
  CHECK(fixture.problems.empty());
  CHECK_FALSE(walk.look_at("B/out/moved/g"));
  CHECK_FALSE(walk.look_at("B"));
  REQUIRE(fixture.problems.size() == 2);
  CHECK(fixture.problems[0].path == "B/out");
  CHECK(fixture.problems[0].fault == WalkFault::linked);
  CHECK(fixture.problems[1].path == "B");
  CHECK(fixture.problems[1].fault == WalkFault::folder);
}

TEST_CASE("a root that is no folder and leads to none is told") {
  WalkFixture fixture;
  fixture.put("A/f");
  bool is_link = false;
  SUBCASE("a file") { fixture.put("B"); }
  SUBCASE("a pipe") { REQUIRE(mkfifo(fixture.at("B").c_str(), 0600) == 0); }
  SUBCASE("a symlink to nothing") {
    fs::create_symlink("/nowhere/at/all", fixture.at("B"));
    is_link = true;
  }
  SUBCASE("a symlink to itself") {
    fs::create_symlink("B", fixture.at("B"));
    is_link = true;
  }
  SUBCASE("a symlink to a file") {
    fs::create_symlink("A/f", fixture.at("B"));
    is_link = true;
  }
  CHECK(fixture.paths({"A", "B"}) == Paths{"A/f"});
  REQUIRE(fixture.problems.size() == 1);
  CHECK(fixture.problems[0].path == "B");
  CHECK(fixture.problems[0].fault == WalkFault::no_folder);
  CHECK_FALSE(fixture.problems[0].is_folder);
  CHECK((fixture.problems[0].reason.find("symlink") != std::string::npos) == is_link);
}

TEST_CASE("what is no file is told, and does not hang") {
  WalkFixture fixture;
  fixture.put("A/f");
  REQUIRE(mkfifo(fixture.at("A/fifo").c_str(), 0600) == 0);
  CHECK(fixture.paths({"A"}) == Paths{"A/f"});
  REQUIRE(fixture.problems.size() == 1);
  CHECK(fixture.problems[0].path == "A/fifo");
  CHECK(fixture.problems[0].fault == WalkFault::special);
  const FileWalk walk(fixture.folder.path(), {"A"}, {});
  CHECK_FALSE(walk.open_file("A/fifo").fd);
}

TEST_CASE("a folder that may not be read hides only what is in it") {
  WalkFixture fixture;
  fixture.put("A/closed/f");
  fixture.put("A/open/f");
  fs::permissions(fixture.at("A/closed"), fs::perms::none);
  Paths found;
  {
    const NoPrivilege nobody(fixture.folder.path());
    found = fixture.paths({"A"});
  }
  fs::permissions(fixture.at("A/closed"), fs::perms::owner_all);
  CHECK(found == Paths{"A/open/f"});
  REQUIRE(fixture.problems.size() == 1);
  CHECK(fixture.problems[0].path == "A/closed");
  CHECK(fixture.problems[0].is_folder);
  CHECK(fixture.problems[0].fault == WalkFault::unreadable);
}

TEST_CASE("a path that is too deep for a catalog is told") {
  WalkFixture fixture;
  fixture.put("A/f");
  // Made step by step: the system takes no such path at once.
  const fs::path before = fs::current_path();
  fs::current_path(fixture.at("A"));
  for (std::size_t i = 0; i < kWalkDepthMax + 5; ++i) {
    REQUIRE(mkdir("d", 0700) == 0);
    fs::current_path("d");
  }
  fs::current_path(before);
  CHECK(fixture.paths({"A"}) == Paths{"A/f"});
  REQUIRE(fixture.problems.size() == 1);
  CHECK(fixture.problems[0].fault == WalkFault::too_deep);
  CHECK(fixture.problems[0].is_folder);
}

TEST_CASE("what is not there is told from what cannot be looked at") {
  WalkFixture fixture;
  TempFolder outside;
  write_text(outside.path() / "f", "x");
  fixture.put("A/f");
  fixture.put("A/sub/f");
  fs::create_symlink(outside.path(), fixture.at("A/out"));
  fs::create_symlink("f", fixture.at("A/link"));
  FileWalk walk(fixture.folder.path(), {},
                [&](WalkProblem problem) { fixture.problems.push_back(std::move(problem)); });
  const std::string too_long(300, 'n');
  for (const std::string& absent : Paths{"absent", "absent/f", "A/absent", "A/f/below", too_long,
                                         "A/" + too_long, too_long + "/f"}) {
    CAPTURE(absent);
    CHECK_FALSE(walk.look_at(absent));
    CHECK(fixture.problems.empty());
  }
  CHECK(walk.look_at("A/sub/f"));
  REQUIRE(mkfifo(fixture.at("A/fifo").c_str(), 0600) == 0);
  const std::vector<std::pair<std::string, WalkFault>> told{{"A/link/below", WalkFault::linked},
                                                            {"A/out/f", WalkFault::linked},
                                                            {"A", WalkFault::folder},
                                                            {"A/sub", WalkFault::folder},
                                                            {"A/fifo", WalkFault::special}};
  for (const auto& one : told) {
    const std::string path = one.first;
    const WalkFault fault = one.second;
    CAPTURE(path);
    CHECK_FALSE(walk.look_at(path));
    REQUIRE(fixture.problems.size() == 1);
    CHECK(fixture.problems[0].fault == fault);
    fixture.problems.clear();
  }

  fixture.put("A/closed/sub/f");
  fixture.put("A/unlisted/f");
  fs::permissions(fixture.at("A/closed"), fs::perms::none);
  fs::permissions(fixture.at("A/unlisted"), fs::perms::owner_read);
  {
    const NoPrivilege nobody(fixture.folder.path());
    CHECK_FALSE(walk.look_at("A/closed/sub/f"));
    CHECK_FALSE(walk.look_at("A/closed/absent"));
    CHECK_FALSE(walk.look_at("A/unlisted/f"));
    CHECK(walk.look_at("A/sub/f"));
  }
  for (const char* const folder : {"A/closed", "A/unlisted"}) {
    fs::permissions(fixture.at(folder), fs::perms::owner_all);
  }
  REQUIRE(fixture.problems.size() == 3);
  CHECK(fixture.problems[0].path == "A/closed");
  CHECK(fixture.problems[0].is_folder);
  CHECK(fixture.problems[1].path == "A/closed");
  CHECK(fixture.problems[2].path == "A/unlisted/f");
  CHECK_FALSE(fixture.problems[2].is_folder);
  for (const WalkProblem& problem : fixture.problems) {
    CHECK(problem.fault == WalkFault::unreadable);
    CHECK(problem.reason == system_reason(EACCES));
  }
}

TEST_CASE("a base that is gone is an error of the source") {
  WalkFixture fixture;
  CHECK(kind_of([&] { FileWalk(fixture.at("absent"), {"A"}, {}); }) == ErrorKind::source);
}

}  // namespace valise::test
