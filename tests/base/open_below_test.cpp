#include "base/open_below.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.hpp"
#include "support/descriptor_limit.hpp"
#include "support/temp_folder.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// A folder "a/b" with a file in it, and things that are no folders.
struct BelowFixture {
  TempFolder folder;
  TempFolder outside;
  UniqueFd root;

  BelowFixture() {
    fs::create_directories(folder.path() / "a/b");
    write_text(folder.path() / "a/b/file", "inside");
    write_text(outside.path() / "file", "outside");
    fs::create_symlink(outside.path(), folder.path() / "a/out");
    fs::create_symlink("b", folder.path() / "a/in");
    fs::create_symlink("nowhere", folder.path() / "a/dangling");
    REQUIRE(mkfifo((folder.path() / "a/fifo").c_str(), 0600) == 0);
    root = UniqueFd(open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(root);
  }

  /// What errno says of the parent of that path; 0 where it opens.
  [[nodiscard]] int refusal(std::string_view path) const {
    errno = 0;
    return open_parent_below(root.get(), path) ? 0 : errno;
  }
};

bool same_folder(int fd, const fs::path& path) {
  struct stat a {};
  struct stat b {};
  return fstat(fd, &a) == 0 && stat(path.c_str(), &b) == 0 && a.st_ino == b.st_ino &&
         a.st_dev == b.st_dev;
}

}  // namespace

TEST_CASE("the folder of a path is opened below a descriptor") {
  const BelowFixture fixture;
  CHECK(same_folder(open_parent_below(fixture.root.get(), "a/b/file").get(),
                    fixture.folder.path() / "a/b"));
  CHECK(same_folder(open_parent_below(fixture.root.get(), "a/b/absent").get(),
                    fixture.folder.path() / "a/b"));
  CHECK(same_folder(open_folder_at(fixture.root.get(), ".").get(), fixture.folder.path()));
  const UniqueFd own = open_parent_below(fixture.root.get(), "a");
  CHECK(same_folder(own.get(), fixture.folder.path()));
  CHECK(own.get() != fixture.root.get());
  CHECK((fcntl(own.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(leaf_of("a/b/file") == "file");
  CHECK(leaf_of("file") == "file");
  CHECK(leaf_of("a/").empty());
}

TEST_CASE("errno says what stands in the way of a folder") {
  const BelowFixture fixture;
  CHECK(fixture.refusal("a/b/file") == 0);
  CHECK(fixture.refusal("absent/file") == ENOENT);
  CHECK(fixture.refusal("a/absent/b/file") == ENOENT);
  CHECK(fixture.refusal("a//file") == ENOENT);
  CHECK(fixture.refusal("/a/b/file") == ENOENT);
  CHECK(fixture.refusal("a/b/file/x") == ENOTDIR);
  CHECK(fixture.refusal("a/fifo/x") == ENOTDIR);
  for (const char* const link : {"a/out/file", "a/in/file", "a/dangling/file"}) {
    CAPTURE(link);
    CHECK(fixture.refusal(link) == ELOOP);
  }
  CHECK(fixture.refusal(std::string(300, 'n') + "/file") == ENAMETOOLONG);
  errno = 0;
  CHECK_FALSE(open_folder_at(-1, "a"));
  CHECK(errno == EBADF);
  const DescriptorLimit none(0);
  CHECK(fixture.refusal("a/b/file") == EMFILE);
  // Even the root under another descriptor.
  CHECK(fixture.refusal("file") != 0);
}

TEST_CASE("a step of one's own sees each part, and ends the walk") {
  const BelowFixture fixture;
  std::vector<std::string> seen;
  const auto step = [&](int at, const std::string& name, std::string_view so_far) {
    seen.push_back(name + "=" + std::string(so_far));
    return name == "stop" ? UniqueFd() : open_folder_at(at, name.c_str());
  };
  CHECK(open_parent_below(fixture.root.get(), "a/b/file", step));
  CHECK(seen == std::vector<std::string>{"a=a", "b=a/b"});
  seen.clear();
  CHECK(open_parent_below(fixture.root.get(), "file", step));
  CHECK(seen.empty());
  errno = EXDEV;
  CHECK_FALSE(open_parent_below(fixture.root.get(), "a/stop/b/file", step));
  CHECK(errno == EXDEV);
  CHECK(seen == std::vector<std::string>{"a=a", "stop=a/stop"});
  CHECK_THROWS_AS(static_cast<void>(open_parent_below(
                      fixture.root.get(), "a/b/file",
                      [](int, const std::string&, std::string_view so_far) -> UniqueFd {
                        throw Error(ErrorKind::storage, std::string(so_far));
                      })),
                  Error);
}

TEST_CASE("a walk costs two descriptors, however deep the path is") {
  const BelowFixture fixture;
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    deep += "d/";
    fs::create_directory(fixture.folder.path() / deep);
  }
  const UniqueFd lowest_free(fcntl(fixture.root.get(), F_DUPFD_CLOEXEC, 0));
  const DescriptorLimit two_more(static_cast<rlim_t>(lowest_free.get()) + 3);
  CHECK(fixture.refusal(deep + "file") == 0);
}

TEST_CASE("a file is opened in one step where no part is a symlink, or not at all") {
  const BelowFixture fixture;
  const auto opens = [&](const std::string& path) {
    return static_cast<bool>(open_directly_below(fixture.root.get(), path, O_RDONLY | O_NONBLOCK));
  };
  // Where the system has no such call, none opens; those behind a symlink never do.
  const bool has_call = opens("a");
  CHECK(opens("a/b/file") == has_call);
  CHECK(opens("a/fifo") == has_call);
  CHECK_FALSE(opens("a/in/file"));
  CHECK_FALSE(opens("a/in"));
  CHECK_FALSE(opens("a/out/file"));
  CHECK_FALSE(opens("a/absent"));
  CHECK_FALSE(opens("../" + fixture.outside.path().filename().string() + "/file"));
  CHECK_FALSE(opens((fixture.outside.path() / "file").string()));
#ifdef __linux__
  if (!has_call) MESSAGE("openat2() is not there: the one step was not tried");
#endif
}

}  // namespace valise::test
