#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "base/files.hpp"
#include "ops/file_flow.hpp"
#include "ops/folder_walk.hpp"

namespace valise {

/// Of so many files the one is named whose name the file system takes for the same: each costs a
/// look at all names of its folders.
inline constexpr std::uint64_t kNamedCollisionsMax = 1000;

/// The folder that files are restored into, held against other restores (flock). A file grows under
/// a temporary name, and gets its own when it is whole.
class TargetFolder {
 public:
  /// `path` exists. Throws Error(locked) where another restore is at work in it, Error(storage).
  TargetFolder(const std::filesystem::path& path, bool overwrite);
  TargetFolder(const TargetFolder&) = delete;
  TargetFolder& operator=(const TargetFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Whether something stands at `path`. On the way it removes what a restore left whose process
  /// was killed. Paths come sorted, and all before the first open().
  [[nodiscard]] bool stands(std::string_view path);

  /// For so many workers of a FileFlow.
  void begin(std::size_t workers);
  /// Thread-safe for different workers. Throws FileRefused, Error(storage). The mode is cut to
  /// 0777; the times are the catalog's.
  [[nodiscard]] std::unique_ptr<FileSink> open(std::size_t worker, const CatalogFile& file);
  /// All that was written is on the disk when it returns.
  void sync();
  /// Whether the file system refused a mode or a time, which is no reason to do without the
  /// content.
  [[nodiscard]] bool lost_modes_or_times() const noexcept { return lost_; }

 private:
  class Sink;
  void place(int folder, const std::string& temporary, const std::string& leaf,
             std::uint64_t identity, const std::string& path);
  [[nodiscard]] std::string what_stands(const std::string& path);

  std::filesystem::path path_;
  bool overwrite_;
  UniqueFd root_;
  bool was_empty_ = false;
  std::unique_ptr<FolderWalk> look_;
  std::vector<std::unique_ptr<FolderWalk>> walks_;  // One for each worker.
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> placed_;  // Where files may be replaced: not those of this run.
  std::atomic<bool> lost_{false};
  std::atomic<std::uint64_t> collisions_{0};
};

}  // namespace valise
