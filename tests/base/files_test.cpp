#include "base/files.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/file_size_limit.hpp"
#include "support/temp_folder.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

namespace {

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string content_of(const fs::path& path) {
  const auto content = read_file(path, 1 << 20);
  return content ? text_of(*content) : "(none)";
}

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("read_file returns nothing for a file that is not there") {
  const TempFolder folder;
  CHECK_FALSE(read_file(folder.path() / "none", 10));
  CHECK_FALSE(read_file(folder.path() / "none" / "below", 10));
}

TEST_CASE("read_file refuses a file over the limit before it reads it") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  std::ofstream(path) << "0123456789";
  CHECK(content_of(path) == "0123456789");
  CHECK(read_file(path, 10)->size() == 10);
  CHECK(kind_of([&] { static_cast<void>(read_file(path, 9)); }) == ErrorKind::limit);
  CHECK(contains(message_of([&] { static_cast<void>(read_file(path, 9)); }), path.string()));
  // Sparse: eight exabytes that nobody may try to allocate.
  fs::resize_file(path, 1ULL << 40);
  CHECK(kind_of([&] { static_cast<void>(read_file(path, 1 << 20)); }) == ErrorKind::limit);
}

TEST_CASE("read_file reads a pipe to its end and bounds it too") {
  const TempFolder folder;
  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto read_piped = [&](std::size_t size, std::uint64_t bytes_max) {
    std::jthread writer([&] { std::ofstream(pipe) << std::string(size, 'x'); });
    return read_file(pipe, bytes_max)->size();
  };
  CHECK(read_piped(30000, 30000) == 30000);
  CHECK(kind_of([&] { read_piped(30000, 29999); }) == ErrorKind::limit);
}

TEST_CASE("read_file names the path and the reason when it fails") {
  const TempFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  CHECK(kind_of([&] { static_cast<void>(read_file(folder.path(), 10)); }) == ErrorKind::storage);
  const fs::path below = folder.path() / "file" / "below";
  const std::string message = message_of([&] { static_cast<void>(read_file(below, 10)); });
  CHECK(contains(message, below.string()));
  CHECK(contains(message, "Not a directory"));
}

TEST_CASE("write_file makes a whole file of the mode asked for and nothing beside it") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  const mode_t old_mask = umask(0077);
  CHECK(write_file(path, bytes_of("one"), 0644, Existing::refuse));
  umask(old_mask);
  CHECK(content_of(path) == "one");
  CHECK(mode_of(path) == 0644);
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("write_file refuses or replaces a file that exists") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  REQUIRE(write_file(path, bytes_of("one"), 0600, Existing::refuse));
  CHECK_FALSE(write_file(path, bytes_of("two"), 0600, Existing::refuse));
  CHECK(content_of(path) == "one");
  CHECK(write_file(path, bytes_of("three"), 0640, Existing::replace));
  CHECK(content_of(path) == "three");
  CHECK(mode_of(path) == 0640);
  CHECK(write_file(path, {}, 0600, Existing::replace));
  CHECK(content_of(path).empty());
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("write_file never writes through a symbolic link") {
  const TempFolder folder;
  const fs::path path = folder.path() / "link";
  std::ofstream(folder.path() / "target") << "kept";
  fs::create_symlink("target", path);
  CHECK_FALSE(write_file(path, bytes_of("x"), 0600, Existing::refuse));
  CHECK(write_file(path, bytes_of("x"), 0600, Existing::replace));
  CHECK(content_of(folder.path() / "target") == "kept");
  CHECK_FALSE(fs::is_symlink(path));
  // A dangling one is taken as well.
  fs::create_symlink("nowhere", folder.path() / "dangling");
  CHECK_FALSE(write_file(folder.path() / "dangling", bytes_of("x"), 0600, Existing::refuse));
  CHECK_FALSE(fs::exists(folder.path() / "nowhere"));
}

TEST_CASE("write_file works with a path without a folder") {
  const TempFolder folder;
  const auto end = run_in_child([&] {
    if (chdir(folder.path().c_str()) != 0) return 2;
    return write_file("plain", bytes_of("x"), 0600, Existing::refuse) ? 0 : 1;
  });
  CHECK(end.exit_code == 0);
  CHECK(content_of(folder.path() / "plain") == "x");
}

TEST_CASE("write_file leaves the old file whole when the disk fills up") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  REQUIRE(write_file(path, bytes_of("old"), 0600, Existing::refuse));
  const Bytes large(100000, 7);
  std::string message;
  {
    const FileSizeLimit full(65536);
    message =
        message_of([&] { static_cast<void>(write_file(path, large, 0600, Existing::replace)); });
  }
  CHECK(contains(message, path.string()));
  CHECK(contains(message, "ulimit"));
  CHECK(content_of(path) == "old");
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("two threads that write one file: exactly one wins, and the file is whole") {
  const TempFolder folder;
  for (int round = 0; round < 20; ++round) {
    const fs::path path = folder.path() / std::to_string(round);
    std::atomic<int> won{0};
    {
      std::vector<std::jthread> threads;
      for (std::uint8_t i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
          if (write_file(path, Bytes(10000, i), 0600, Existing::refuse)) ++won;
        });
      }
    }
    CHECK(won == 1);
    const Bytes content = *read_file(path, 10000);
    CHECK(content == Bytes(10000, content.at(0)));
  }
  CHECK(entries_in(folder.path()) == 20);
}

TEST_CASE("a missing permission is an error in words") {
  const TempFolder folder;  // 0700
  fs::create_directory(folder.path() / "inner");
  fs::permissions(folder.path(), geteuid() == 0 ? fs::perms::owner_all : fs::perms::none);
  const auto end = run_in_child([&] {
    if (!give_up_privileges()) return 2;
    const std::string written = message_of(
        [&] { static_cast<void>(write_file(folder.path() / "file", {}, 0600, Existing::refuse)); });
    const std::string read =
        message_of([&] { static_cast<void>(read_file(folder.path() / "file", 1)); });
    const std::string made = message_of([&] { make_folders(folder.path() / "a" / "b"); });
    const auto in_words = [](const std::string& message) {
      return contains(message, "Permission denied; look at who owns it");
    };
    return in_words(written) && in_words(read) && in_words(made) ? 0 : 1;
  });
  CHECK(end.exit_code == 0);
}

TEST_CASE("make_folders makes all parents, private, and accepts those that exist") {
  const TempFolder folder;
  const fs::path deep = folder.path() / "a" / "b" / "c";
  make_folders(deep);
  make_folders(deep);
  make_folders(deep / "");
  make_folders("");
  CHECK(fs::is_directory(deep));
  CHECK(mode_of(folder.path() / "a") == 0700);
  CHECK(mode_of(deep) == 0700);
  make_folders(folder.path() / "slash" / "");
  CHECK(fs::is_directory(folder.path() / "slash"));

  std::ofstream(folder.path() / "file") << "x";
  const std::string message = message_of([&] { make_folders(folder.path() / "file" / "below"); });
  CHECK(contains(message, "Not a directory"));
  CHECK(kind_of([&] { make_folders(folder.path() / "file"); }) == ErrorKind::storage);
  fs::create_symlink("nowhere", folder.path() / "dangling");
  CHECK(kind_of([&] { make_folders(folder.path() / "dangling"); }) == ErrorKind::storage);
}

TEST_CASE("make_folders from two threads at once makes each folder once and fails in none") {
  const TempFolder folder;
  for (int round = 0; round < 20; ++round) {
    const fs::path deep = folder.path() / std::to_string(round) / "a" / "b";
    std::atomic<int> failed{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] { failed += kind_of([&] { make_folders(deep); }) ? 1 : 0; });
      }
    }
    CHECK(failed == 0);
    CHECK(fs::is_directory(deep));
  }
}

TEST_CASE("reads and writes at an offset meet each other and stop at the end") {
  const TempFolder folder;
  const UniqueFd fd = unnamed_file(folder.path());
  CHECK(entries_in(folder.path()) == 0);
  write_all(fd.get(), bytes_of("0123456789"), "file");
  write_all_at(fd.get(), bytes_of("abc"), 8, "file");
  Bytes out(20, 0xff);
  CHECK(read_at(fd.get(), out, 0, "file") == 11);
  CHECK(text_of(ByteSpan(out).first(11)) == "01234567abc");
  CHECK(out[11] == 0xff);
  CHECK(read_at(fd.get(), out, 11, "file") == 0);
  CHECK(read_at(fd.get(), {}, 0, "file") == 0);
  sync_file(fd.get(), "file");
}

TEST_CASE("failed reads, writes and syncs name the path") {
  const TempFolder folder;
  const UniqueFd read_only(open(folder.path().c_str(), O_RDONLY | O_CLOEXEC));
  const std::string written =
      message_of([&] { write_all(read_only.get(), bytes_of("x"), "some/path"); });
  CHECK(contains(written, "cannot write some/path: Bad file descriptor"));
  CHECK(kind_of([&] { write_all_at(-1, bytes_of("x"), 0, "p"); }) == ErrorKind::storage);
  std::uint8_t byte = 0;
  CHECK(contains(message_of([&] {
                   static_cast<void>(read_at(read_only.get(), {&byte, 1}, 0, "some/path"));
                 }),
                 "cannot read some/path: Is a directory"));
  CHECK(kind_of([&] { sync_file(-1, "p"); }) == ErrorKind::storage);
  CHECK(kind_of([&] { sync_folder(folder.path() / "none"); }) == ErrorKind::storage);
  CHECK(kind_of([&] { static_cast<void>(unnamed_file(folder.path() / "none")); }) ==
        ErrorKind::storage);
  sync_folder(folder.path());
}

#ifdef __linux__
TEST_CASE("a full disk is an error that says so") {
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK(contains(message_of([&] { write_all(full.get(), bytes_of("x"), "p"); }),
                 "No space left on device; the disk is full: free some space"));
}
#endif

TEST_CASE("the common failures come with a way out, the others with the system's words") {
  CHECK(contains(system_reason(EROFS), "read-only"));
  CHECK(contains(system_reason(EDQUOT), "quota"));
  CHECK(contains(system_reason(EIO), "failing"));
  CHECK(contains(system_reason(EMFILE), "ulimit -n"));
  CHECK(contains(system_reason(ESTALE), "still connected"));
  CHECK(system_reason(ENOTDIR) == "Not a directory");
  const auto fail = [] { fail_file(ErrorKind::source, "cannot open", "/a/b", ENOENT); };
  CHECK(message_of(fail) == "cannot open /a/b: No such file or directory");
  CHECK(kind_of(fail) == ErrorKind::source);
}

TEST_CASE("a descriptor has one owner and is closed once") {
  const auto is_open = [](int fd) { return fcntl(fd, F_GETFD) != -1; };
  UniqueFd a(open("/", O_RDONLY | O_CLOEXEC));
  const int number = a.get();
  UniqueFd b(std::move(a));
  CHECK(b.get() == number);
  UniqueFd c(open("/", O_RDONLY | O_CLOEXEC));
  const int other = c.get();
  c = std::move(b);
  CHECK(c.get() == number);
  CHECK_FALSE(is_open(other));
  UniqueFd& same = c;
  c = std::move(same);
  CHECK(is_open(number));
  c.reset();
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(c);
}
