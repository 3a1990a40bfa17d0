#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "base/retry.hpp"
#include "storage/local_folder.hpp"

namespace valise {
namespace {

// Objects have three parts. A folder below this depth is none of ours: it is listed itself, as one
// strange object, instead of what is in it, so that no tree is too deep for our descriptors.
constexpr unsigned kDepthMax = 16;

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

std::uint64_t unsigned_or_zero(std::int64_t value) noexcept {
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

// Calls `visit` with each name in an open folder but "." and "..", unsorted.
template <typename Visit>
void each_name(int folder, const std::filesystem::path& path, const Visit& visit) {
  // Opened anew: a duplicate would share its reading position with other threads.
  UniqueFd fd(
      retry_interrupted([&] { return openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) fail_file(ErrorKind::storage, "cannot open the folder", path, errno);
  const std::unique_ptr<DIR, CloseFolder> stream(fdopendir(fd.get()));
  if (!stream) fail_file(ErrorKind::storage, "cannot open the folder", path, errno);
  fd.release();  // closedir closes it.
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) {
      fail_file(ErrorKind::storage, "cannot list the folder", path, errno);
    }
    if (entry == nullptr) return;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(std::string(name));
  }
}

class Scan {
 public:
  Scan(const LocalFolder& folder, const std::function<void(ObjectInfo)>& visit)
      : folder_(folder), visit_(visit) {}

  /// Visits what is in `fd`, the open folder `prefix`, which is empty or ends with '/'.
  void folder(int fd, const std::string& prefix, unsigned depth) const {
    const std::filesystem::path shown = folder_.path_of(prefix);
    each_name(fd, shown, [&](const std::string& leaf) { item(fd, prefix, shown, leaf, depth); });
  }

 private:
  void item(int fd, const std::string& prefix, const std::filesystem::path& shown,
            const std::string& leaf, unsigned depth) const {
    struct stat info {};
    if (fstatat(fd, leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;  // Removed meanwhile.
      fail_file(ErrorKind::storage, "cannot look at", shown / leaf, errno);
    }
    const std::string name = prefix + printable_name(leaf);
    if (!S_ISDIR(info.st_mode) || depth >= kDepthMax) {
      const bool file = S_ISREG(info.st_mode);
      visit_({name, file ? unsigned_or_zero(info.st_size) : 0, unsigned_or_zero(info.st_mtime)});
    } else if (!prefix.empty() || (leaf != "tmp" && leaf != "damaged")) {
      const UniqueFd inner(retry_interrupted([&] {
        return openat(fd, leaf.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      }));
      if (!inner && errno == ENOENT) return;
      if (!inner) fail_file(ErrorKind::storage, "cannot open the folder", shown / leaf, errno);
      folder(inner.get(), name + "/", depth + 1);
    }
  }

  const LocalFolder& folder_;
  const std::function<void(ObjectInfo)>& visit_;
};

}  // namespace

std::vector<std::string> names_in(int folder, const std::filesystem::path& path) {
  std::vector<std::string> names;
  each_name(folder, path, [&](std::string name) { names.push_back(std::move(name)); });
  return names;
}

void LocalFolder::scan(const std::string& folder,
                       const std::function<void(ObjectInfo)>& visit) const {
  const std::optional<UniqueFd> fd = open_folder(folder);
  if (fd) Scan(*this, visit).folder(fd->get(), folder.empty() ? "" : folder + "/", 0);
}

}  // namespace valise
