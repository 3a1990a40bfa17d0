#include "source/file_walk.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "base/open_below.hpp"
#include "format/catalog.hpp"
#include "source/folder_names.hpp"

namespace valise {

/// A folder whose names were read, and how far the walk has come in it.
struct FileWalk::Folder {
  UniqueFd fd;
  std::string path;
  FolderNames names;
  std::size_t next = 0;
};

FileWalk::FileWalk(const std::filesystem::path& base, const std::vector<std::string>& roots,
                   std::function<void(WalkProblem)> on_problem,
                   const std::vector<std::string>& files)
    : base_(open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      on_problem_(std::move(on_problem)) {
  if (!base_) fail_file(ErrorKind::source, "cannot open", base, errno);
  std::vector<Root> sorted;
  for (const std::string& root : roots) sorted.push_back({root, false, {}});
  for (const std::string& file : files) sorted.push_back({file, true, {}});
  std::sort(sorted.begin(), sorted.end(),
            [](const Root& a, const Root& b) { return a.path + '/' < b.path + '/'; });
  for (Root& root : sorted) add_root(std::move(root));
}

FileWalk::~FileWalk() = default;

void FileWalk::report(std::string path, WalkFault fault, bool is_folder, int error_number) {
  std::string reason;
  switch (fault) {
    case WalkFault::unreadable:
      reason = system_reason(error_number);
      break;
    case WalkFault::special:
      reason = "it is neither a file nor a folder";
      break;
    case WalkFault::replaced:
      reason = "it was replaced while the folder was read";
      break;
    case WalkFault::too_deep:
      reason = "its path is too long to be stored";
      break;
    case WalkFault::absent:
      reason = "it is not there";
      break;
    case WalkFault::no_folder:
      reason = error_number == ELOOP ? "it is a symlink, and no folder is where it leads"
                                     : "it is no folder, and files should be in it";
      break;
    case WalkFault::linked:
      reason = "it is a symlink in a folder's place, and is not followed";
      break;
    case WalkFault::folder:
      reason = "it is a folder, and a file should be there";
      break;
  }
  if (on_problem_) on_problem_({std::move(path), fault, is_folder, std::move(reason)});
}

void FileWalk::enter(UniqueFd fd, std::string path) {
  auto names = FolderNames::read(fd.get());
  if (!names) return report(std::move(path), WalkFault::unreadable, true, errno);
  open_.push_back({std::move(fd), std::move(path), *std::move(names)});
}

std::optional<WalkedFile> FileWalk::take(Folder& folder) {
  const bool was_folder = folder.names.is_folder(folder.next);
  const char* name = folder.names.at(folder.next++);
  std::string path = folder.path.empty() ? name : folder.path + '/' + name;
  if (path.size() > kCatalogPathBytesMax) {
    report(std::move(path), WalkFault::too_deep, false, 0);
    return std::nullopt;
  }
  struct stat info {};
  if (fstatat(folder.fd.get(), name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    // What went away between listing and looking is not there any more.
    if (errno != ENOENT) report(std::move(path), WalkFault::unreadable, false, errno);
    return std::nullopt;
  }
  if (S_ISDIR(info.st_mode) != was_folder) {
    report(std::move(path), WalkFault::replaced, true, 0);
    return std::nullopt;
  }
  if (was_folder) {
    if (open_.size() >= kWalkDepthMax) {
      report(std::move(path), WalkFault::too_deep, true, 0);
      return std::nullopt;
    }
    UniqueFd fd = open_folder_at(folder.fd.get(), name);
    if (!fd) {
      if (errno != ENOENT) report(std::move(path), WalkFault::unreadable, true, errno);
      return std::nullopt;
    }
    enter(std::move(fd), std::move(path));  // `folder` is not valid any more.
    return std::nullopt;
  }
  if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) {
    report(std::move(path), WalkFault::special, false, 0);
    return std::nullopt;
  }
  auto file = walked_file(folder.fd.get(), name, path, info);
  if (!file && errno != ENOENT) {
    report(std::move(path), WalkFault::unreadable, false, errno);
  }
  return file;
}

std::optional<WalkedFile> FileWalk::next() {
  for (;;) {
    while (!open_.empty() && open_.back().next == open_.back().names.size()) open_.pop_back();
    if (!open_.empty()) {
      if (auto file = take(open_.back())) return file;
      continue;
    }
    if (next_root_ == roots_.size()) return std::nullopt;
    const Root& root = roots_[next_root_++];
    if (!root.is_file) {
      enter_root(root);
    } else if (auto file = look_at(root.path)) {
      return file;
    }
  }
}

}  // namespace valise
