#include "base/rename.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/files.hpp"
#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

TEST_CASE("rename_if_absent moves a file to a free name only") {
  const TempFolder folder;
  const fs::path a = folder.path() / "a";
  const fs::path b = folder.path() / "b";
  std::ofstream(a) << "a";
  CHECK(rename_if_absent(a, b));
  CHECK_FALSE(fs::exists(a));
  CHECK(text_of(*read_file(b, 9)) == "a");
  CHECK(fs::hard_link_count(b) == 1);

  std::ofstream(a) << "new";
  CHECK_FALSE(rename_if_absent(a, b));
  CHECK(text_of(*read_file(a, 9)) == "new");
  CHECK(text_of(*read_file(b, 9)) == "a");
}

TEST_CASE("rename_if_absent takes a folder or a symbolic link in the way for a taken name") {
  const TempFolder folder;
  std::ofstream(folder.path() / "a") << "a";
  fs::create_directory(folder.path() / "folder");
  fs::create_symlink("nowhere", folder.path() / "dangling");
  CHECK_FALSE(rename_if_absent(folder.path() / "a", folder.path() / "folder"));
  CHECK_FALSE(rename_if_absent(folder.path() / "a", folder.path() / "dangling"));
  CHECK(fs::exists(folder.path() / "a"));
}

TEST_CASE("rename_if_absent keeps a file that is renamed to its own name") {
  const TempFolder folder;
  std::ofstream(folder.path() / "a") << "a";
  CHECK_FALSE(rename_if_absent(folder.path() / "a", folder.path() / "a"));
  CHECK(fs::exists(folder.path() / "a"));
}

TEST_CASE("a link that was made but whose answer got lost counts as done") {
  const TempFolder folder;
  std::ofstream(folder.path() / "a") << "a";
  fs::create_hard_link(folder.path() / "a", folder.path() / "b");
  CHECK(rename_if_absent(folder.path() / "a", folder.path() / "b"));
  CHECK_FALSE(fs::exists(folder.path() / "a"));
  CHECK(fs::exists(folder.path() / "b"));
}

// No file system links folders (EPERM), so that they show the second way: a rename that does not
// replace, without which a stick formatted for Windows could hold no vault.
TEST_CASE("what cannot be linked is renamed without replacing") {
  const TempFolder folder;
  fs::create_directory(folder.path() / "a");
  fs::create_directory(folder.path() / "taken");
  CHECK_FALSE(rename_if_absent(folder.path() / "a", folder.path() / "taken"));
  CHECK(fs::exists(folder.path() / "a"));
  CHECK(rename_if_absent(folder.path() / "a", folder.path() / "b"));
  CHECK_FALSE(fs::exists(folder.path() / "a"));
  CHECK(fs::exists(folder.path() / "b"));
}

TEST_CASE("rename_if_absent names the path and the reason when it fails") {
  const TempFolder folder;
  const fs::path to = folder.path() / "none" / "b";
  std::ofstream(folder.path() / "a") << "a";
  const std::string message =
      message_of([&] { static_cast<void>(rename_if_absent(folder.path() / "a", to)); });
  CHECK(message == "cannot make " + to.string() + ": No such file or directory");
  CHECK(fs::exists(folder.path() / "a"));
}

TEST_CASE("rename_if_absent_at works between open folders") {
  const TempFolder folder;
  fs::create_directory(folder.path() / "x");
  std::ofstream(folder.path() / "a") << "a";
  const UniqueFd from(open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd to(open((folder.path() / "x").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(rename_if_absent_at(from.get(), "a", to.get(), "b") == 0);
  CHECK(fs::exists(folder.path() / "x" / "b"));
  CHECK(rename_if_absent_at(from.get(), "a", to.get(), "c") == ENOENT);
}
