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
  absent,      ///< A root that does not exist.
  no_folder,   ///< A root that is neither a folder nor a symlink to one.
  linked,      ///< A symlink that stands in a folder's place, below which a file was looked for.
  folder,      ///< A folder where a file was looked for.
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
/// paths, looking at each once. A root that is itself a symlink to a folder is followed, as it was
/// when the walk was made: somebody moved that folder to another disk. No other symlink below the
/// base is; so it ends, and leads nowhere else. Memory is that of the names in the folders that are
/// open. Not thread-safe, but for open_file().
class FileWalk {
 public:
  /// `roots` are relative folders, and `files` relative files, which are given where they exist;
  /// what is below another root is given once. `on_problem` is called from next() and look_at().
  /// Throws Error(source) when the base cannot be opened.
  FileWalk(const std::filesystem::path& base, const std::vector<std::string>& roots,
           std::function<void(WalkProblem)> on_problem, const std::vector<std::string>& files = {});
  FileWalk(const FileWalk&) = delete;
  FileWalk& operator=(const FileWalk&) = delete;
  ~FileWalk();

  /// The next one, or nothing at the end.
  [[nodiscard]] std::optional<WalkedFile> next();
  /// A file or symlink at that path, which next() did not give; nothing when there is none.
  /// Nothing, too, and `on_problem` is told, when it is a folder, or special where next() does not
  /// come by; when a symlink would have to be followed (linked, with the symlink's path); and when
  /// the system does not let it be found out: unreadable, of the folder on the way that cannot be
  /// opened or of the file.
  [[nodiscard]] std::optional<WalkedFile> look_at(std::string_view path);
  /// A regular file for reading. Symlinks are not followed in any part, and a FIFO does not block.
  /// On failure errno says why, and the descriptor is empty.
  [[nodiscard]] OpenedFile open_file(const std::string& path) const;
  /// Whether `path` is below one of the roots, so that next() gives it if it exists.
  [[nodiscard]] bool covers(std::string_view path) const;

 private:
  struct Folder;
  struct Root {
    std::string path;
    bool is_file = false;
    UniqueFd linked = {};  ///< The folder that a symlink in its place leads to; empty for others.
  };
  /// Where to begin for a path: an open folder, and the rest of the path from there.
  struct Start {
    int folder = -1;
    std::string_view rest;
  };
  void add_root(Root root);
  void enter_root(const Root& root);
  [[nodiscard]] Start start_of(std::string_view path) const;
  [[nodiscard]] bool is_linked_root(std::string_view path) const;
  void enter(UniqueFd fd, std::string path);
  [[nodiscard]] std::optional<WalkedFile> take(Folder& folder);
  [[nodiscard]] UniqueFd open_parent(std::string_view path);
  void report(std::string path, WalkFault fault, bool is_folder, int error_number);

  UniqueFd base_;
  std::vector<Root> roots_;  // Ascending; none below another.
  std::size_t next_root_ = 0;
  std::vector<Folder> open_;
  std::function<void(WalkProblem)> on_problem_;
};

}  // namespace valise
