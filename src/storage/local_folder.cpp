#include "storage/local_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/retry.hpp"

namespace valise {
namespace {

/// One step of the walk; nothing when there is no folder of that name.
std::optional<UniqueFd> open_part(int folder, const std::string& part,
                                  const std::filesystem::path& shown) {
  UniqueFd fd(retry_interrupted([&] {
    return openat(folder, part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }));
  if (fd) return fd;
  const int error = errno;
  if (error == ENOENT) return std::nullopt;
  if (error != ENOTDIR && error != ELOOP) {
    fail_file(ErrorKind::storage, "cannot open the folder", shown, error);
  }
  // Systems differ in which of the two they say for a symbolic link.
  struct stat info {};
  if (fstatat(folder, part.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)) {
    throw Error(ErrorKind::storage,
                shown.string() +
                    " is a symbolic link, which valise does not follow inside a vault; put the "
                    "folder itself there, or mount it");
  }
  return std::nullopt;
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

UniqueFd duplicate(int fd, const std::filesystem::path& shown) {
  UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) fail_file(ErrorKind::storage, "cannot open the folder", shown, errno);
  return copy;
}

}  // namespace

std::optional<UniqueFd> LocalFolder::open_folder(const std::string& folder) const {
  if (folder.empty()) return open_part(fd(), ".", path_);
  const auto place = find(folder);
  if (!place) return std::nullopt;
  return open_part(place->folder.get(), place->leaf, path_of(folder));
}

std::optional<ObjectPlace> LocalFolder::find(const ObjectName& name) const {
  UniqueFd folder;
  std::size_t begin = 0;
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', begin)) {
    auto inner = open_part(folder ? folder.get() : fd(), name.substr(begin, slash - begin),
                           path_of(name.substr(0, slash)));
    if (!inner) return std::nullopt;
    folder = std::move(*inner);
    begin = slash + 1;
  }
  if (!folder) folder = duplicate(fd(), path_);
  return ObjectPlace{std::move(folder), name.substr(begin)};
}

ObjectPlace LocalFolder::make(const ObjectName& name) const {
  UniqueFd folder;
  std::size_t begin = 0;
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', begin)) {
    folder = make_part(folder ? folder.get() : fd(), name.substr(begin, slash - begin),
                       path_of(name.substr(0, slash)));
    begin = slash + 1;
  }
  if (!folder) folder = duplicate(fd(), path_);
  return ObjectPlace{std::move(folder), name.substr(begin)};
}

UniqueFd LocalFolder::open_directly(const ObjectName& name, int flags) const noexcept {
#ifdef SYS_openat2
  struct open_how how {};
  how.flags = static_cast<decltype(how.flags)>(flags | O_NOFOLLOW | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, fd(), name.c_str(), &how, sizeof how)));
#else
  static_cast<void>(name), static_cast<void>(flags);
  return UniqueFd();
#endif
}

}  // namespace valise
