#pragma once

#include <filesystem>

#include "base/files.hpp"

namespace valise {

/// The unfinished file that a target grows in: <target>.valise-<16 hex digits>.partial, of mode
/// 0600, made new and held by a lock (flock), so that another run that looks for leftovers can tell
/// it from one whose maker is dead. Goes with the object unless it was released.
class PartialFile {
 public:
  /// Removes the leftovers for this target first: files of that name that nobody holds. Throws
  /// Error(storage).
  explicit PartialFile(const std::filesystem::path& target);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Gives the file the name `target`, if nothing stands there; false otherwise. Throws
  /// Error(storage), also when what stands at path() is not this file any more.
  [[nodiscard]] bool rename_to(const std::filesystem::path& target);

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace valise
