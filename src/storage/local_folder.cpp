#include "storage/local_folder.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/open_below.hpp"

namespace valise {
namespace {

/// One step of the walk; nothing when there is no folder of that name.
std::optional<UniqueFd> open_part(int folder, const std::string& part,
                                  const std::filesystem::path& shown) {
  UniqueFd fd = open_folder_at(folder, part.c_str());
  if (fd) return fd;
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
      return std::nullopt;
    case ELOOP:
      throw Error(ErrorKind::storage,
                  shown.string() +
                      " is a symbolic link, which valise does not follow inside a vault; put the "
                      "folder itself there, or mount it");
    default:
      fail_file(ErrorKind::storage, "cannot open the folder", shown, errno);
  }
}

UniqueFd make_part(int folder, const std::string& part, const std::filesystem::path& shown) {
  if (auto fd = open_part(folder, part, shown)) return std::move(*fd);
  if (mkdirat(folder, part.c_str(), 0700) == 0) {
    sync_folder(folder, shown.parent_path());
  } else if (errno != EEXIST) {
    fail_file(ErrorKind::storage, "cannot make the folder", shown, errno);
  }
  if (auto fd = open_part(folder, part, shown)) return std::move(*fd);
  fail_file(ErrorKind::storage, "cannot make the folder", shown, ENOTDIR);
}

}  // namespace

std::optional<UniqueFd> LocalFolder::open_folder(const std::string& folder) const {
  if (folder.empty()) return open_part(fd(), ".", path_);
  const auto place = find(folder);
  if (!place) return std::nullopt;
  return open_part(place->folder.get(), place->leaf, path_of(folder));
}

std::optional<ObjectPlace> LocalFolder::find(const ObjectName& name) const {
  bool absent = false;
  UniqueFd folder =
      open_parent_below(fd(), name, [&](int at, const std::string& part, std::string_view so_far) {
        auto inner = open_part(at, part, path_ / so_far);
        absent = !inner;
        return inner ? std::move(*inner) : UniqueFd();
      });
  if (absent) return std::nullopt;
  if (!folder) fail_file(ErrorKind::storage, "cannot open the folder", path_, errno);
  return ObjectPlace{std::move(folder), leaf_of(name)};
}

ObjectPlace LocalFolder::make(const ObjectName& name) const {
  UniqueFd folder =
      open_parent_below(fd(), name, [&](int at, const std::string& part, std::string_view so_far) {
        return make_part(at, part, path_ / so_far);
      });
  if (!folder) fail_file(ErrorKind::storage, "cannot open the folder", path_, errno);
  return ObjectPlace{std::move(folder), leaf_of(name)};
}

}  // namespace valise
