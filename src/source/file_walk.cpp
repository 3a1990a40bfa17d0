#include "source/file_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/error.hpp"
#include "base/open_below.hpp"
#include "base/retry.hpp"
#include "format/catalog.hpp"

namespace valise {
namespace {

constexpr char kFolderKind = 'd';
constexpr char kOtherKind = 'f';

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

#ifdef __APPLE__
std::int64_t nanoseconds(const struct stat& info, bool changed) {
  const struct timespec& time = changed ? info.st_ctimespec : info.st_mtimespec;
#else
std::int64_t nanoseconds(const struct stat& info, bool changed) {
  const struct timespec& time = changed ? info.st_ctim : info.st_mtim;
#endif
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

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

bool is_below(std::string_view path, std::string_view root) {
  return path == root ||
         (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

// False, and errno says why, when the target of a symlink cannot be recorded.
bool read_link(int folder, const char* name, std::string& target) {
  target.resize(kCatalogPathBytesMax + 1);
  const ssize_t length = readlinkat(folder, name, target.data(), target.size());
  if (length < 0) return false;
  target.resize(static_cast<std::size_t>(length));
  if (target.empty() || target.size() > kCatalogPathBytesMax) {
    errno = ENAMETOOLONG;
    return false;
  }
  return true;
}

WalkedFile walked_file(std::string path, const struct stat& info) {
  WalkedFile file;
  file.path = std::move(path);
  file.is_symlink = S_ISLNK(info.st_mode);
  file.mode = info.st_mode & 07777U;
  file.identity = identity_of(info);
  return file;
}

}  // namespace

FileIdentity identity_of(const struct stat& info) noexcept {
  return {static_cast<std::uint64_t>(info.st_size), nanoseconds(info, false),
          nanoseconds(info, true), static_cast<std::uint64_t>(info.st_ino)};
}

/// A folder whose names were read, and how far the walk has come in it. A million names are one
/// buffer and a number each.
struct FileWalk::Folder {
  UniqueFd fd;
  std::string path;
  std::string names;                  ///< Each has its kind before it and a NUL behind it.
  std::vector<std::uint32_t> starts;  ///< In `names`; ascending by what they name.
  std::size_t next = 0;

  [[nodiscard]] const char* name(std::size_t index) const { return names.data() + starts[index]; }
  /// What it was when the names were read: their order depends on it.
  [[nodiscard]] bool is_folder(std::size_t index) const {
    return names[starts[index] - 1] == kFolderKind;
  }
};

FileWalk::FileWalk(const std::filesystem::path& base, const std::vector<std::string>& roots,
                   std::function<void(WalkProblem)> on_problem)
    : base_(open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      on_problem_(std::move(on_problem)) {
  if (!base_) fail_file(ErrorKind::source, "cannot open", base, errno);
  std::vector<std::string> sorted = roots;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a + '/' < b + '/'; });
  for (std::string& root : sorted) {
    if (!roots_.empty() && is_below(root, roots_.back())) continue;
    roots_.push_back(std::move(root));
  }
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
  }
  if (on_problem_) on_problem_({std::move(path), fault, is_folder, std::move(reason)});
}

namespace {

// Names in one folder, ordered as the whole paths below it are: a folder's own name counts with
// the slash that follows it there, so that "a.txt" comes before "a/b".
void sort_names(const std::string& names, std::vector<std::uint32_t>& starts) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(names.data());
  std::sort(starts.begin(), starts.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto end_of = [&](std::uint32_t at) {
      return names[at - 1] == kFolderKind ? unsigned{'/'} : 0U;
    };
    std::size_t i = 0;
    while (bytes[a + i] == bytes[b + i] && bytes[a + i] != 0) ++i;
    const unsigned left = bytes[a + i] == 0 ? end_of(a) : bytes[a + i];
    const unsigned right = bytes[b + i] == 0 ? end_of(b) : bytes[b + i];
    return left < right;
  });
}

bool names_folder(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat info {};
  return fstatat(folder, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

void FileWalk::enter(UniqueFd fd, std::string path) {
  // The stream owns a descriptor of its own; the other stays for openat.
  const int listed = fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
  std::unique_ptr<DIR, CloseFolder> stream(listed < 0 ? nullptr : fdopendir(listed));
  if (!stream) return report(std::move(path), WalkFault::unreadable, true, errno);
  Folder folder{std::move(fd), std::move(path), {}, {}, 0};
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    folder.names.push_back(names_folder(folder.fd.get(), *entry) ? kFolderKind : kOtherKind);
    folder.starts.push_back(static_cast<std::uint32_t>(folder.names.size()));
    folder.names.append(name).push_back('\0');
    if (folder.names.size() > kFolderNamesBytesMax) {
      errno = E2BIG;
      break;
    }
  }
  if (errno != 0) return report(std::move(folder.path), WalkFault::unreadable, true, errno);
  sort_names(folder.names, folder.starts);
  open_.push_back(std::move(folder));
}

std::optional<WalkedFile> FileWalk::take(Folder& folder) {
  const bool was_folder = folder.is_folder(folder.next);
  const char* name = folder.name(folder.next++);
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
  WalkedFile file = walked_file(std::move(path), info);
  if (file.is_symlink && !read_link(folder.fd.get(), name, file.link)) {
    if (errno != ENOENT) report(std::move(file.path), WalkFault::unreadable, false, errno);
    return std::nullopt;
  }
  return file;
}

std::optional<WalkedFile> FileWalk::next() {
  for (;;) {
    while (!open_.empty() && open_.back().next == open_.back().starts.size()) open_.pop_back();
    if (!open_.empty()) {
      if (auto file = take(open_.back())) return file;
      continue;
    }
    if (next_root_ == roots_.size()) return std::nullopt;
    const std::string& root = roots_[next_root_++];
    const UniqueFd parent = open_parent(root);
    if (!parent) continue;
    UniqueFd fd = open_folder_at(parent.get(), leaf_of(root).c_str());
    if (fd) {
      enter(std::move(fd), root);
    } else if (errno == ENOTDIR || errno == ELOOP) {
      if (auto file = look_at(root)) return file;
    } else if (errno != ENOENT) {
      report(root, WalkFault::unreadable, true, errno);
    }
  }
}

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
  WalkedFile file = walked_file(std::string(path), info);
  if (file.is_symlink && !read_link(parent.get(), name.c_str(), file.link)) {
    if (errno != ENOENT) report(std::string(path), WalkFault::unreadable, false, errno);
    return std::nullopt;
  }
  return file;
}

UniqueFd FileWalk::open_file(std::string_view path) const {
  const std::string name = leaf_of(path);
  const UniqueFd parent = open_parent_below(base_.get(), path);
  if (!parent) return {};
  UniqueFd fd(retry_interrupted([&] {
    return openat(parent.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  }));
  struct stat info {};
  if (!fd || fstat(fd.get(), &info) != 0) return {};
  if (!S_ISREG(info.st_mode)) {
    errno = S_ISDIR(info.st_mode) ? EISDIR : ELOOP;
    return {};
  }
  return fd;
}

bool FileWalk::covers(std::string_view path) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const std::string& root) { return is_below(path, root); });
}

}  // namespace valise
