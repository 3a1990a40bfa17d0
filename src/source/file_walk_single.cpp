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

// Whether a failed call says that nothing of that name is there, or can be. A symlink on the way is
// not followed, so nothing is below it either. All else leaves it open.
bool says_absent(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
      return true;
    default:
      return false;
  }
}

}  // namespace

// The folder that `path` stands in. Empty where it is absent, and where it cannot be opened, which
// is told.
UniqueFd FileWalk::open_parent(std::string_view path) {
  std::string_view stopped;
  UniqueFd parent =
      open_parent_below(base_.get(), path, [&](int at, const std::string& name, auto so_far) {
        UniqueFd fd = open_folder_at(at, name.c_str());
        if (!fd) stopped = so_far;
        return fd;
      });
  if (!parent && !says_absent(errno)) {
    const bool is_folder = !stopped.empty();
    report(std::string(is_folder ? stopped : path), WalkFault::unreadable, is_folder, errno);
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
  if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) return std::nullopt;
  auto file = walked_file(parent.get(), name.c_str(), std::string(path), info);
  if (!file && errno != ENOENT) {
    report(std::string(path), WalkFault::unreadable, false, errno);
  }
  return file;
}

OpenedFile FileWalk::open_file(const std::string& path) const {
  UniqueFd fd = open_directly_below(base_.get(), path, kFileFlags);
  if (!fd) {
    const UniqueFd parent = open_parent_below(base_.get(), path);
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
