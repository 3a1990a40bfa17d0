#include "base/new_file.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"
#include "support/texts.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

namespace {

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

std::string text_in(const fs::path& path) { return text_of(*read_file(path, 1 << 20)); }

}  // namespace

TEST_CASE("a new file, whole or in pieces, is never written over what stands there") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  SUBCASE("a file") { std::ofstream(path) << "before"; }
  SUBCASE("a folder") { fs::create_directory(path); }
  SUBCASE("a link to nothing") { fs::create_symlink("nothing", path); }
  const auto refuse = [&] { refuse_existing_file(path); };
  CHECK(kind_of(refuse) == ErrorKind::usage);
  CHECK(contains(message_of(refuse), path.string() + ": it exists and is never overwritten"));
  CHECK(kind_of([&] { write_new_file(path, bytes_of("new"), 0600); }) == ErrorKind::usage);
  CHECK(kind_of([&] { NewFile file(path); }) == ErrorKind::usage);
  CHECK(files_in(folder.path()) == 1);
  if (fs::is_regular_file(path)) CHECK(text_in(path) == "before");
}

TEST_CASE("a new file in pieces stands there only when it is committed") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  {
    NewFile file(path);
    file.write(bytes_of("one "));
    CHECK_FALSE(fs::exists(path));
    CHECK(files_in(folder.path()) == 1);
  }
  CHECK(files_in(folder.path()) == 0);
  {
    NewFile file(path);
    file.write(bytes_of("one "));
    file.write(bytes_of("two"));
    file.commit();
  }
  CHECK(text_in(path) == "one two");
  CHECK(files_in(folder.path()) == 1);
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a name that is taken while a new file is written is left to who took it") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  {
    NewFile file(path);
    file.write(bytes_of("late"));
    write_new_file(path, bytes_of("first"), 0644);
    CHECK(kind_of([&] { file.commit(); }) == ErrorKind::usage);
  }
  CHECK(text_in(path) == "first");
  CHECK(files_in(folder.path()) == 1);
}
