// The roots of a FileWalk: where it begins, and what a symlink in the place of one leads to.

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/open_below.hpp"
#include "base/retry.hpp"
#include "source/file_walk.hpp"

namespace valise {
namespace {

bool is_below(std::string_view path, std::string_view root) {
  return path == root ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

// The folder `name` in `at`, wherever symlinks lead.
UniqueFd follow_folder_at(int at, const std::string& name) {
  return UniqueFd(retry_interrupted(
      [&] { return openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

}  // namespace

// A symlink is followed here, once: all that is looked at and read below it is then below one and
// the same folder, whatever becomes of the symlink.
void FileWalk::add_root(Root root) {
  if (!roots_.empty() && is_below(root.path, roots_.back().path)) return;
  if (!root.is_file) {
    const UniqueFd parent = open_parent_below(base_.get(), root.path);
    const std::string name = leaf_of(root.path);
    if (parent && !open_folder_at(parent.get(), name.c_str()) && errno == ELOOP) {
      root.linked = follow_folder_at(parent.get(), name);
    }
  }
  roots_.push_back(std::move(root));
}

void FileWalk::enter_root(const Root& root) {
  if (root.linked) {
    UniqueFd fd = open_folder_at(root.linked.get(), ".");
    if (fd) return enter(std::move(fd), root.path);
    return report(root.path, WalkFault::unreadable, true, errno);
  }
  const UniqueFd parent = open_parent_below(base_.get(), root.path);
  const std::string name = leaf_of(root.path);
  UniqueFd fd = parent ? open_folder_at(parent.get(), name.c_str()) : UniqueFd();
  if (fd) return enter(std::move(fd), root.path);
  int error = errno;
  if (parent && error == ELOOP) {
    if (follow_folder_at(parent.get(), name)) {
      return report(root.path, WalkFault::replaced, true, 0);
    }
    // Where the system refuses a folder there, its own words say more.
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
      return report(root.path, WalkFault::no_folder, false, ELOOP);
    }
    error = errno;
  }
  if (error == ENOENT) return report(root.path, WalkFault::absent, true, error);
  if (error == ENOTDIR) return report(root.path, WalkFault::no_folder, false, error);
  report(root.path, WalkFault::unreadable, true, error);
}

FileWalk::Start FileWalk::start_of(std::string_view path) const {
  for (const Root& root : roots_) {
    if (root.linked && path.size() > root.path.size() && is_below(path, root.path)) {
      return {root.linked.get(), path.substr(root.path.size() + 1)};
    }
  }
  return {base_.get(), path};
}

bool FileWalk::is_linked_root(std::string_view path) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const Root& root) { return root.linked && path == root.path; });
}

bool FileWalk::covers(std::string_view path) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const Root& root) { return is_below(path, root.path); });
}

}  // namespace valise
