#include "cli/audit_inputs.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <sstream>

#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"

namespace valise::cli {

TEST_CASE("an age is a number of hours, days or weeks") {
  CHECK(parse_age("36h", "--max-age") == 36 * 3600);
  CHECK(parse_age("2d", "--max-age") == 2 * 24 * 3600);
  CHECK(parse_age("4w", "--max-age") == 4 * 7 * 24 * 3600);
  for (const char* bad : {"", "d", "2", "2m", "-2d", "2 d", "2dd", "0d", "0x2d", "2.5d",
                          "99999999999d", "99999999999999999999d"}) {
    CAPTURE(bad);
    CHECK(test::kind_of([&] { static_cast<void>(parse_age(bad, "--max-age")); }) ==
          ErrorKind::usage);
  }
}

TEST_CASE("a list of paths skips blank lines and comments") {
  std::istringstream in("# vaults\n\n/mnt/a/\n  /mnt/b b  \r\n\t# more\n/mnt/#c");
  const auto paths = read_path_list(in, "--vaults-from");
  REQUIRE(paths.size() == 3);
  CHECK(paths[0] == "/mnt/a");
  CHECK(paths[1] == "/mnt/b b");
  CHECK(paths[2] == "/mnt/#c");
  std::istringstream relative("vault\n");
  CHECK(read_path_list(relative, "--vaults-from")[0] == std::filesystem::current_path() / "vault");
  std::istringstream none("# nothing\n\n");
  CHECK(test::kind_of([&] { static_cast<void>(read_path_list(none, "--vaults-from")); }) ==
        ErrorKind::usage);
  CHECK(test::kind_of([] { static_cast<void>(paths_from("/absent/list", "--vaults-from")); }) ==
        ErrorKind::usage);
  const test::TempFolder folder;
  const std::string pipe = (folder.path() / "pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& other : {std::string("/"), std::string("/dev/zero"), pipe}) {
    CAPTURE(other);
    const auto read = [&] { static_cast<void>(paths_from(other, "--vaults-from")); };
    CHECK(test::kind_of(read) == ErrorKind::usage);
    CHECK(test::message_of(read).find("is not a regular file") != std::string::npos);
  }
}

TEST_CASE("one vault counts once, whatever ways there are to it") {
  namespace fs = std::filesystem;
  const test::TempFolder folder;
  const fs::path vault = folder.path() / "vault";
  fs::create_directories(vault);
  fs::create_directories(folder.path() / "other");
  const OneWayEach same =
      one_way_each({vault, vault / "", vault / ".", vault, folder.path() / "other" / ".." / "vault",
                    folder.path() / "absent", folder.path() / "absent" / ""});
  CHECK(same.paths == std::vector<fs::path>{vault, folder.path() / "absent"});
  CHECK(same.by_link.empty());

  INFO("a link in another vault's place is not passed over in silence");
  const fs::path link = folder.path() / "link";
  fs::create_directory_symlink(vault, link);
  const OneWayEach linked = one_way_each({vault, folder.path() / "other", link, link / ""});
  CHECK(linked.paths == std::vector<fs::path>{vault, folder.path() / "other"});
  REQUIRE(linked.by_link.size() == 1);
  CHECK(linked.by_link[0].first == link);
  CHECK(linked.by_link[0].second == vault);
}

}  // namespace valise::cli
