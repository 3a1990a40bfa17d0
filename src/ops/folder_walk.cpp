#include "ops/folder_walk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/retry.hpp"
#include "ops/file_flow.hpp"

namespace valise {
namespace {

std::string_view folder_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

/// How many bytes of whole parts both begin with.
std::size_t shared_parts(std::string_view a, std::string_view b) {
  std::size_t shared = 0;
  const std::size_t size = std::min(a.size(), b.size());
  for (std::size_t i = 0; i <= size; ++i) {
    const bool a_ends = i == a.size() || a[i] == '/';
    const bool b_ends = i == b.size() || b[i] == '/';
    if (a_ends && b_ends) shared = i;
    if (i == size || a[i] != b[i]) break;
  }
  return shared;
}

}  // namespace

bool is_fault_of_name(int error_number) noexcept {
  switch (error_number) {
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:
    case ENOENT:
    case EACCES:
    case EPERM:
    case EMLINK:
      return true;
    default:
      return false;
  }
}

std::string leaf_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

UniqueFd FolderWalk::open_part(int at, const std::string& part, bool make,
                               std::string_view so_far) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const auto open_it = [&] {
    return UniqueFd(retry_interrupted([&] { return openat(at, part.c_str(), kFlags); }));
  };
  UniqueFd fd = open_it();
  if (!fd && errno == ENOENT) {
    if (!make) return fd;
    // Another worker may make it at the same moment.
    if (mkdirat(at, part.c_str(), 0700) == 0 || errno == EEXIST) fd = open_it();
  }
  if (fd) return fd;
  const int error = errno;
  if (error == ELOOP || error == ENOTDIR) {
    throw FileRefused{shown(so_far).string() + ": a symlink or a file stands there, not a folder"};
  }
  if (is_fault_of_name(error)) {
    throw FileRefused{"cannot make the folder " + shown(so_far).string() + ": " +
                      system_reason(error)};
  }
  fail_file(ErrorKind::storage, "cannot make the folder", shown(so_far), error);
}

int FolderWalk::walk(std::string_view path, bool make) {
  const std::string_view folder = folder_part(path);
  if (folder.empty()) return root_;
  if (fd_ && folder == folder_) return fd_.get();
  const std::size_t shared = shared_parts(folder, folder_);
  // From the root each time: a path may have 2,048 folders, and a process not as many descriptors.
  UniqueFd at;
  for (std::size_t begin = 0; begin < folder.size();) {
    const std::size_t end = std::min(folder.find('/', begin), folder.size());
    const std::string part(folder.substr(begin, end - begin));
    UniqueFd next = open_part(at ? at.get() : root_, part, make, folder.substr(0, end));
    if (!next) return -1;
    at = std::move(next);
    if (end > shared) {
      if (on_enter_) on_enter_(at.get());
      folder_ = folder.substr(0, end);
      fd_.reset();
    }
    begin = end + 1;
  }
  folder_ = folder;
  fd_ = std::move(at);
  return fd_.get();
}

}  // namespace valise
