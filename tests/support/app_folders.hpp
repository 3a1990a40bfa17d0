#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace valise::test {

struct AppFolderOptions {
  std::uint32_t messages = 100;
  std::uint32_t files = 10;   ///< Attachments that a row names and the disk has.
  std::uint32_t missing = 2;  ///< That a row names and the disk lacks.
  std::uint64_t seed = 1;     ///< The same seed makes the same contents.
};

/// An app's folder as make_app_folder leaves it.
struct AppFolder {
  std::string app;
  std::filesystem::path base;        ///< Where the paths begin.
  std::filesystem::path database;    ///< Below `base`, in a folder of its own for some apps.
  std::vector<std::string> named;    ///< Rows name these, and they are there; sorted.
  std::vector<std::string> missing;  ///< Rows name these, and they are not; sorted.
  std::vector<std::string> unnamed;  ///< Below a media root, or taken along; no row names them.
};

/// "imessage", "imessage-ios", "whatsapp-android", "whatsapp-ios", "signal-desktop",
/// "signal-android" and "sqlite" (which has no files).
[[nodiscard]] const std::vector<std::string>& app_folder_names();

/// Makes a new folder with the app's database (a part of its real schema) and attachments: nested
/// folders, empty files, equal contents, contents that shrink and that do not, modes and times of
/// their own. Message i was sent i hours after 2024-01-01 00:00 UTC. Throws std::runtime_error.
AppFolder make_app_folder(const std::string& app, const std::filesystem::path& folder,
                          const AppFolderOptions& options = {});

/// A night later: more messages and more files.
void grow_app_folder(AppFolder& folder, const AppFolderOptions& more);

/// The folder that make_app_folder made there before.
[[nodiscard]] AppFolder read_app_folder(const std::string& app,
                                        const std::filesystem::path& folder);

}  // namespace valise::test
