#include "cli/code_keeper.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "support/temp_folder.hpp"
#include "valise/error.hpp"

namespace valise::cli {

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a recovery code's file is new, private and ends with a newline") {
  const test::TempFolder folder;
  const std::filesystem::path path = folder.path() / "code.txt";
  CodeKeeper keeper(path.string(), {.what = "the vault"});
  CHECK(keeper.leftover().empty());
  keeper.keep(Secret::copy_of(bytes_of("ABCD-EFGH")));
  CHECK(content(path) == "ABCD-EFGH\n");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
  CHECK(keeper.leftover().find(path.string()) != std::string::npos);
}

TEST_CASE("a recovery code is never written over a file or through a link") {
  const test::TempFolder folder;
  const std::filesystem::path path = folder.path() / "code.txt";
  std::ofstream(path) << "precious";
  CHECK_THROWS_AS(CodeKeeper(path.string(), {.what = "the vault"}), Error);
  const std::filesystem::path link = folder.path() / "link";
  std::filesystem::create_symlink(folder.path() / "nowhere", link);
  CHECK_THROWS_AS(CodeKeeper(link.string(), {.what = "the vault"}), Error);
  // One that appears between the question and the writing.
  const std::filesystem::path late = folder.path() / "late.txt";
  CodeKeeper keeper(late.string(), {.what = "the vault"});
  std::ofstream(late) << "precious";
  CHECK_THROWS_AS(keeper.keep(Secret::copy_of(bytes_of("ABCD"))), Error);
  CHECK(content(late) == "precious");
  CHECK(content(path) == "precious");
}

TEST_CASE("a recovery code that cannot be written stops the verb") {
  const test::TempFolder folder;
  CodeKeeper keeper((folder.path() / "absent" / "code.txt").string(), {.what = "the vault"});
  try {
    keeper.keep(Secret::copy_of(bytes_of("ABCD")));
    FAIL("the code was said to be kept");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::storage);
  }
}

}  // namespace valise::cli
