#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
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

class Listing {
 public:
  explicit Listing(const LocalFolder& folder) : folder_(folder) {}

  /// Adds what is in `fd`, the open folder `prefix`, which is empty or ends with '/'.
  void add_folder(UniqueFd fd, const std::string& prefix, unsigned depth) {
    const std::filesystem::path shown = folder_.path_of(prefix);
    for (const std::string& leaf : names_in(fd.get(), shown)) {
      struct stat info {};
      if (fstatat(fd.get(), leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // Removed meanwhile.
        fail_file(ErrorKind::storage, "cannot look at", shown / leaf, errno);
      }
      const std::string name = prefix + printable_name(leaf);
      if (!S_ISDIR(info.st_mode) || depth >= kDepthMax) {
        const bool file = S_ISREG(info.st_mode);
        found_.push_back(
            {name, file ? unsigned_or_zero(info.st_size) : 0, unsigned_or_zero(info.st_mtime)});
      } else if (!prefix.empty() || (leaf != "tmp" && leaf != "damaged")) {
        UniqueFd inner(retry_interrupted([&] {
          return openat(fd.get(), leaf.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }));
        if (!inner && errno == ENOENT) continue;
        if (!inner) fail_file(ErrorKind::storage, "cannot open the folder", shown / leaf, errno);
        add_folder(std::move(inner), name + "/", depth + 1);
      }
    }
  }

  [[nodiscard]] std::vector<ObjectInfo> take() {
    std::sort(found_.begin(), found_.end(),
              [](const ObjectInfo& a, const ObjectInfo& b) { return a.name < b.name; });
    return std::move(found_);
  }

 private:
  const LocalFolder& folder_;
  std::vector<ObjectInfo> found_;
};

}  // namespace

std::vector<std::string> names_in(int folder, const std::filesystem::path& path) {
  // Opened anew: a duplicate would share its reading position with other threads.
  UniqueFd fd(
      retry_interrupted([&] { return openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) fail_file(ErrorKind::storage, "cannot open the folder", path, errno);
  const std::unique_ptr<DIR, CloseFolder> stream(fdopendir(fd.get()));
  if (!stream) fail_file(ErrorKind::storage, "cannot open the folder", path, errno);
  fd.release();  // closedir closes it.
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr && errno != 0) {
      fail_file(ErrorKind::storage, "cannot list the folder", path, errno);
    }
    if (entry == nullptr) return names;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
}

std::vector<ObjectInfo> LocalFolder::list(const std::string& folder) const {
  std::optional<UniqueFd> fd = open_folder(folder);
  if (!fd) return {};
  Listing listing(*this);
  listing.add_folder(std::move(*fd), folder.empty() ? "" : folder + "/", 0);
  return listing.take();
}

}  // namespace valise
