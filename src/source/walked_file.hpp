#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct stat;

namespace valise {

/// What tells whether a file was changed since it was read.
struct FileIdentity {
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;  ///< Since 1970.
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};
[[nodiscard]] FileIdentity identity_of(const struct stat& info) noexcept;

/// A file or symlink as it stands in a folder. `path` is relative to the walk's base.
struct WalkedFile {
  std::string path;
  bool is_symlink = false;
  std::uint32_t mode = 0;  ///< Permission bits.
  FileIdentity identity;
  std::string link;  ///< Of a symlink: its target, as it was read.
};

/// The one called `name` in an open folder, of which `info` is what fstatat() says. Nothing, and
/// errno says why, when a symlink's target cannot be read, or is longer than a catalog holds
/// (ENAMETOOLONG).
[[nodiscard]] std::optional<WalkedFile> walked_file(int folder, const char* name, std::string path,
                                                    const struct stat& info);

}  // namespace valise
