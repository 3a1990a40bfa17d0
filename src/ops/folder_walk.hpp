#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace valise {

/// Whether a failed call says that this one name cannot be had, and nothing of the disk as a whole.
[[nodiscard]] bool is_fault_of_name(int error_number) noexcept;

/// Opens the folders of paths below an open folder, part by part from its descriptor, so that a
/// symlink is never followed, whoever puts it there and when. Fast for paths in sorted order. Not
/// thread-safe; several may work below one folder.
class FolderWalk {
 public:
  /// `root` outlives the walk; `shown` is its path, for messages. `on_enter`, which may be empty,
  /// is called for every folder below, once where the paths come sorted.
  FolderWalk(int root, std::filesystem::path shown, std::function<void(int fd)> on_enter = {})
      : root_(root), shown_(std::move(shown)), on_enter_(std::move(on_enter)) {}

  /// The folder that holds the last part of `path` (as in a catalog), made where it is absent, with
  /// mode 0700. Valid until the next call. Throws FileRefused where something else stands in the
  /// way, Error(storage).
  [[nodiscard]] int make_folder_of(std::string_view path) { return walk(path, true); }
  /// The same, but nothing is made: -1 where it is absent.
  [[nodiscard]] int find_folder_of(std::string_view path) { return walk(path, false); }
  [[nodiscard]] std::filesystem::path shown(std::string_view path) const { return shown_ / path; }

 private:
  int walk(std::string_view path, bool make);
  UniqueFd open_part(int at, const std::string& part, bool make, std::string_view so_far);

  int root_;
  std::filesystem::path shown_;
  std::function<void(int)> on_enter_;
  std::string folder_;  // The one that is open; "" is the root.
  UniqueFd fd_;
};

}  // namespace valise
