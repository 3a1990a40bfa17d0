#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/open_below.hpp"
#include "storage/storage.hpp"

namespace valise {

/// The open folder in which an object lies or would lie, and the last part of its name.
struct ObjectPlace {
  UniqueFd folder;
  std::string leaf;
};

/// The open folder of a local storage. Names are walked from it part by part, and no part may be a
/// symbolic link: who can write into the folder (a sync service, say) must not be able to send a
/// read or a write elsewhere. Thread-safe.
class LocalFolder {
 public:
  LocalFolder(UniqueFd fd, std::filesystem::path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// For messages.
  [[nodiscard]] std::filesystem::path path_of(const ObjectName& name) const { return path_ / name; }

  /// Where the object lies, if its folder is there. Throws Error(storage) on a symbolic link.
  [[nodiscard]] std::optional<ObjectPlace> find(const ObjectName& name) const;
  /// The same, making the folders that are absent and syncing the parent of each.
  [[nodiscard]] ObjectPlace make(const ObjectName& name) const;
  /// The folder itself, opened; nothing when it is absent or no folder.
  [[nodiscard]] std::optional<UniqueFd> open_folder(const std::string& folder) const;

  /// open_directly_below() this folder: audits read ten thousand small objects. Where it is empty,
  /// `find` tells why.
  [[nodiscard]] UniqueFd open_directly(const ObjectName& name, int flags) const noexcept {
    return open_directly_below(fd(), name, flags);
  }

  /// The objects under `folder`, as Storage::scan says.
  void scan(const std::string& folder, const std::function<void(ObjectInfo)>& visit) const;

 private:
  UniqueFd fd_;
  std::filesystem::path path_;
};

/// The names in an open folder, without "." and "..", unsorted. `path` is for messages.
[[nodiscard]] std::vector<std::string> names_in(int folder, const std::filesystem::path& path);

}  // namespace valise
