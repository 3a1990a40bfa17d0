#include "base/open_below.hpp"

#include <fcntl.h>
#include <sys/stat.h>

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

std::string leaf_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace valise
