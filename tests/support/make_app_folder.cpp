// make_app_folder APP DIR FILES [SEED]: an app's folder with a database, ten messages for each of
// FILES attachments, and one row in ten more that names a file that is not there. Where DIR holds
// that app's folder already, so much is added to it: a night. Prints the database's path. For the
// scripts of tests/cli.

#include <cstdio>
#include <exception>
#include <string>

#include "support/app_folders.hpp"

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5) {
    std::fputs("usage: make_app_folder APP DIR FILES [SEED]\n", stderr);
    return 2;
  }
  try {
    valise::test::AppFolderOptions options;
    options.files = static_cast<std::uint32_t>(std::stoul(argv[3]));
    options.messages = 10 * options.files;
    options.missing = options.files / 10;
    if (argc == 5) options.seed = std::stoull(argv[4]);
    valise::test::AppFolder folder;
    if (std::filesystem::exists(argv[2])) {
      folder = valise::test::read_app_folder(argv[1], argv[2]);
      valise::test::grow_app_folder(folder, options);
    } else {
      folder = valise::test::make_app_folder(argv[1], argv[2], options);
    }
    std::printf("%s\n", folder.database.c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_app_folder: %s\n", error.what());
    return 1;
  }
}
