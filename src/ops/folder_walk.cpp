#include "ops/folder_walk.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/open_below.hpp"
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

UniqueFd FolderWalk::open_part(int at, const std::string& part, bool make,
                               std::string_view so_far) {
  UniqueFd fd = open_folder_at(at, part.c_str());
  if (!fd && errno == ENOENT) {
    if (!make) return fd;
    // Another worker may make it at the same moment.
    if (mkdirat(at, part.c_str(), 0700) == 0 || errno == EEXIST) {
      fd = open_folder_at(at, part.c_str());
    }
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
  UniqueFd found =
      open_parent_below(root_, path, [&](int at, const std::string& part, std::string_view so_far) {
        UniqueFd next = open_part(at, part, make, so_far);
        if (next && so_far.size() > shared) {
          if (on_enter_) on_enter_(next.get());
          folder_ = so_far;
          fd_.reset();
        }
        return next;
      });
  if (!found) return -1;
  folder_ = folder;
  fd_ = std::move(found);
  return fd_.get();
}

}  // namespace valise
