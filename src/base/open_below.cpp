#include "base/open_below.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cerrno>

#include "base/retry.hpp"

namespace valise {

UniqueFd open_folder_at(int at, const char* name) noexcept {
  UniqueFd fd(retry_interrupted(
      [&] { return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  if (fd || (errno != ENOTDIR && errno != ELOOP)) return fd;
  // Systems differ in which of the two they say for a symlink.
  struct stat info {};
  const bool is_symlink =
      fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
  errno = is_symlink ? ELOOP : ENOTDIR;
  return fd;
}

UniqueFd open_parent_below(int root, std::string_view path, const OpenFolderStep& step) {
  UniqueFd folder;
  std::size_t begin = 0;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', begin)) {
    UniqueFd inner = step(folder ? folder.get() : root,
                          std::string(path.substr(begin, slash - begin)), path.substr(0, slash));
    if (!inner) {
      const int error = errno;
      folder.reset();
      errno = error;
      return inner;
    }
    folder = std::move(inner);
    begin = slash + 1;
  }
  if (!folder) folder = UniqueFd(fcntl(root, F_DUPFD_CLOEXEC, 0));
  return folder;
}

UniqueFd open_parent_below(int root, std::string_view path) {
  return open_parent_below(root, path, [](int at, const std::string& name, std::string_view) {
    return open_folder_at(at, name.c_str());
  });
}

UniqueFd open_directly_below(int root, const std::string& path, int flags) noexcept {
#ifdef SYS_openat2
  struct open_how how {};
  how.flags = static_cast<decltype(how.flags)>(flags | O_NOFOLLOW | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return UniqueFd(static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
#else
  static_cast<void>(root), static_cast<void>(path), static_cast<void>(flags);
  return UniqueFd();
#endif
}

std::string leaf_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace valise
