#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/file_size_limit.hpp"
#include "support/temp_folder.hpp"
#include "support/texts.hpp"

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

TEST_CASE("read_file refuses what is no regular file, and waits for nobody") {
  const TempFolder folder;
  const fs::path pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink(pipe, folder.path() / "link");
  const UniqueFd server(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const fs::path door = folder.path() / "socket";
  REQUIRE(door.string().copy(address.sun_path, sizeof address.sun_path - 1) ==
          door.string().size());
  REQUIRE(bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  for (const fs::path& path : {pipe, folder.path() / "link", door, folder.path(),
                               fs::path("/dev/zero"), fs::path("/dev/null")}) {
    CAPTURE(path.string());
    const auto read = [&] { static_cast<void>(read_file(path, 1 << 20)); };
    CHECK(kind_of(read) == ErrorKind::usage);
    CHECK(contains(message_of(read), path.string() + " is not a regular file"));
  }
  INFO("a link to a file is one");
  std::ofstream(folder.path() / "file") << "x";
  fs::create_symlink("file", folder.path() / "other");
  CHECK(content_of(folder.path() / "other") == "x");
}

TEST_CASE("read_file names the path and the reason when it fails") {
  const TempFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const fs::path closed = folder.path() / "file" / "";
  CHECK(kind_of([&] { static_cast<void>(read_file(closed, 10)); }) == ErrorKind::storage);
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
