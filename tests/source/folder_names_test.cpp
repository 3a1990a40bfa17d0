#include "source/folder_names.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "support/descriptor_limit.hpp"
#include "support/temp_folder.hpp"
#include "support/test_files.hpp"

namespace valise::test {

TEST_CASE("a folder's names come in the order of the paths below them") {
  namespace fs = std::filesystem;
  const TempFolder folder;
  for (const char* const name : {"a", "b!", "b0", "\xff", "\n", "long", "longer"}) {
    write_text(folder.path() / name, "x");
  }
  for (const char* const name : {"b", "a.d", "z"}) fs::create_directory(folder.path() / name);
  fs::create_symlink("z", folder.path() / "link");
  const UniqueFd fd(open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(fd);
  const auto names = FolderNames::read(fd.get());
  REQUIRE(names);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < names->size(); ++i) {
    paths.push_back(std::string(names->at(i)) + (names->is_folder(i) ? "/" : ""));
  }
  CHECK(paths == std::vector<std::string>{"\n", "a", "a.d/", "b!", "b/", "b0", "link", "long",
                                          "longer", "z/", "\xff"});
  CHECK(std::is_sorted(paths.begin(), paths.end()));
  // The descriptor is as it was: once more, and the names are the same.
  CHECK(FolderNames::read(fd.get())->size() == paths.size());

  const TempFolder empty;
  const UniqueFd nothing(open(empty.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(FolderNames::read(nothing.get())->size() == 0);
}

TEST_CASE("names that cannot be read leave the reason in errno") {
  const TempFolder folder;
  write_text(folder.path() / "file", "x");
  const UniqueFd file(open((folder.path() / "file").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(file);
  CHECK_FALSE(FolderNames::read(file.get()));
  CHECK(errno == ENOTDIR);
  const DescriptorLimit none(static_cast<rlim_t>(file.get()) + 1);
  CHECK_FALSE(FolderNames::read(file.get()));
  CHECK(errno == EMFILE);
}

}  // namespace valise::test
