#include "cli/output_path.hpp"

#include <doctest/doctest.h>

#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"
#include "support/test_files.hpp"
#include "valise/error.hpp"

namespace valise::cli {
namespace {

namespace fs = std::filesystem;

bool refused(const fs::path& file, const std::optional<fs::path>& unmade = std::nullopt) {
  return test::kind_of([&] { static_cast<void>(output_path(file.string(), "--to", unmade)); }) ==
         ErrorKind::usage;
}

}  // namespace

TEST_CASE("what is written in clear does not go into a vault, by whatever path") {
  const test::TempFolder folder;
  const fs::path vault = folder.path() / "vault";
  fs::create_directories(vault / "log");
  fs::create_directories(folder.path() / "other");
  test::write_text(vault / "vault", "VLSVAUL1 and what follows");
  fs::create_directory_symlink(vault / "log", folder.path() / "link");
  for (const fs::path& file :
       {vault, vault / "", vault / "a", vault / "log" / "a", vault / "absent" / "a",
        folder.path() / "link" / "a", folder.path() / "other" / ".." / "vault" / "a"}) {
    CAPTURE(file);
    CHECK(refused(file));
  }
  for (const fs::path& file : {folder.path() / "a", folder.path() / "link" / ".." / "a",
                               folder.path() / "vault.html", folder.path() / "vaults" / "a"}) {
    CAPTURE(file);
    CHECK_FALSE(refused(file));
  }
  INFO("a folder with something else of that name is none");
  test::write_text(folder.path() / "other" / "vault", "VLS");
  CHECK_FALSE(refused(folder.path() / "other" / "a"));
}

TEST_CASE("nor into one that is about to be made") {
  const test::TempFolder folder;
  const fs::path vault = folder.path() / "new";
  CHECK(refused(vault / "code", vault));
  CHECK(refused(vault / "a" / "code", vault / ""));
  CHECK_FALSE(refused(folder.path() / "code", vault));
  CHECK_FALSE(refused(folder.path() / "new-code", vault));
}

TEST_CASE("a dash is no file to write to") { CHECK(refused("-")); }

}  // namespace valise::cli
