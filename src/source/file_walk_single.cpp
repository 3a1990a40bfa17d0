// The looks of a FileWalk at single files, by their paths.

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/open_below.hpp"
#include "base/retry.hpp"
#include "source/file_walk.hpp"

namespace valise {
namespace {

// O_NONBLOCK: a pipe in the place of a file must not make us wait for its writer.
constexpr int kFileFlags = O_RDONLY | O_NONBLOCK;

// Whether a failed call says that nothing of that name is there, or can be. All else leaves it
// open.
bool says_absent(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
      return true;
    default:
      return false;
  }
}

}  // namespace

// The folder that `path` stands in. Empty where it is absent; and where it cannot be opened or lies
// behind a symlink, which is told.
UniqueFd FileWalk::open_parent(std::string_view path) {
  const Start start = start_of(path);
  std::size_t stopped = 0;  // The length of the path up to the folder that cannot be opened.
  UniqueFd parent = open_parent_below(start.folder, start.rest,
                                      [&](int at, const std::string& name, auto so_far) {
                                        UniqueFd fd = open_folder_at(at, name.c_str());
                                        if (!fd)
                                          stopped = path.size() - start.rest.size() + so_far.size();
                                        return fd;
                                      });
  if (!parent && !says_absent(errno)) {
    const int error = errno;
    const std::string at(stopped > 0 ? path.substr(0, stopped) : path);
    const bool is_link = stopped > 0 && error == ELOOP;
    report(at, is_link ? WalkFault::linked : WalkFault::unreadable, stopped > 0 && !is_link, error);
  }
  return parent;
}

std::optional<WalkedFile> FileWalk::look_at(std::string_view path) {
  const std::string name = leaf_of(path);
  const UniqueFd parent = open_parent(path);
  if (!parent) return std::nullopt;
  struct stat info {};
  if (fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (!says_absent(errno)) {
      report(std::string(path), WalkFault::unreadable, false, errno);
    }
    return std::nullopt;
  }
  // A root that is a symlink stands for the folder that it leads to.
  const bool is_root = S_ISLNK(info.st_mode) && is_linked_root(path);
  if (S_ISDIR(info.st_mode) || is_root) {
    report(std::string(path), WalkFault::folder, false, 0);
    return std::nullopt;
  }
  if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) {
    if (!covers(path)) report(std::string(path), WalkFault::special, false, 0);
    return std::nullopt;
  }
  auto file = walked_file(parent.get(), name.c_str(), std::string(path), info);
  if (!file && errno != ENOENT) {
    report(std::string(path), WalkFault::unreadable, false, errno);
  }
  return file;
}

OpenedFile FileWalk::open_file(const std::string& path) const {
  const Start start = start_of(path);
  UniqueFd fd = open_directly_below(start.folder, std::string(start.rest), kFileFlags);
  if (!fd) {
    const UniqueFd parent = open_parent_below(start.folder, start.rest);
    if (!parent) return {};
    const std::string name = leaf_of(path);
    fd = UniqueFd(retry_interrupted(
        [&] { return openat(parent.get(), name.c_str(), kFileFlags | O_NOFOLLOW | O_CLOEXEC); }));
  }
  struct stat info {};
  if (!fd || fstat(fd.get(), &info) != 0) return {};
  if (!S_ISREG(info.st_mode)) {
    errno = S_ISDIR(info.st_mode) ? EISDIR : ELOOP;
    return {};
  }
  return {std::move(fd), info.st_mode & 07777U, identity_of(info)};
}

}  // namespace valise
