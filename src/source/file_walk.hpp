#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "source/walked_file.hpp"

namespace valise {

enum class WalkFault : std::uint8_t {
  unreadable,  ///< The system refuses it; a folder hides all that is below it.
  special,     ///< Neither file, folder nor symlink: a FIFO, a socket, a device.
  replaced,    ///< A folder became a file, or the reverse, while it was looked at.
  too_deep,    ///< Its path is longer, or has more parts, than a catalog holds.
};
struct WalkProblem {
  std::string path;
  WalkFault fault = WalkFault::unreadable;
  bool is_folder = false;
  std::string reason;  ///< In the system's words, for people.
};

/// A folder more than so many folders below the base is not entered: each costs a descriptor.
inline constexpr std::size_t kWalkDepthMax = 200;

/// A file that is open for reading, and what it was then.
struct OpenedFile {
  UniqueFd fd;
  std::uint32_t mode = 0;  ///< Permission bits.
  FileIdentity identity;
};

/// Lists the files below some folders of a base folder, in ascending bytewise order of their whole
/// paths, looking at each once. Follows no symlink below the base; so it ends, and leads nowhere
/// else. Memory is that of the names in the folders that are open. Not thread-safe.
class FileWalk {
 public:
  /// `roots` are relative folders or files, none of a name that another one's begins with; those
  /// that do not exist are left out. `on_problem` is
  /// called from next() and look_at(). Throws Error(source) when the base cannot be opened.
  FileWalk(const std::filesystem::path& base, const std::vector<std::string>& roots,
           std::function<void(WalkProblem)> on_problem);
  FileWalk(const FileWalk&) = delete;
  FileWalk& operator=(const FileWalk&) = delete;
  ~FileWalk();

  /// The next one, or nothing at the end.
  [[nodiscard]] std::optional<WalkedFile> next();
  /// A file or symlink at that path, which next() did not give; nothing when there is none, when it
  /// is neither, or when a symlink would have to be followed. Nothing, too, when the system does
  /// not let it be found out: that is told to `on_problem` as unreadable, of the folder on the way
  /// that cannot be opened or of the file.
  [[nodiscard]] std::optional<WalkedFile> look_at(std::string_view path);
  /// A regular file for reading. Symlinks are not followed in any part, and a FIFO does not block.
  /// On failure errno says why, and the descriptor is empty.
  [[nodiscard]] OpenedFile open_file(const std::string& path) const;
  /// Whether `path` is below one of the roots, so that next() gives it if it exists.
  [[nodiscard]] bool covers(std::string_view path) const;

 private:
  struct Folder;
  void enter(UniqueFd fd, std::string path);
  [[nodiscard]] std::optional<WalkedFile> take(Folder& folder);
  [[nodiscard]] UniqueFd open_parent(std::string_view path);
  void report(std::string path, WalkFault fault, bool is_folder, int error_number);

  UniqueFd base_;
  std::vector<std::string> roots_;  // Ascending; none below another.
  std::size_t next_root_ = 0;
  std::vector<Folder> open_;
  std::function<void(WalkProblem)> on_problem_;
};

}  // namespace valise
