#include "source/walked_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "format/catalog.hpp"

namespace valise {
namespace {

#ifdef __APPLE__
std::int64_t nanoseconds(const struct stat& info, bool changed) {
  const struct timespec& time = changed ? info.st_ctimespec : info.st_mtimespec;
#else
std::int64_t nanoseconds(const struct stat& info, bool changed) {
  const struct timespec& time = changed ? info.st_ctim : info.st_mtim;
#endif
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
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

}  // namespace

FileIdentity identity_of(const struct stat& info) noexcept {
  return {static_cast<std::uint64_t>(info.st_size), nanoseconds(info, false),
          nanoseconds(info, true), static_cast<std::uint64_t>(info.st_ino)};
}

std::optional<WalkedFile> walked_file(int folder, const char* name, std::string path,
                                      const struct stat& info) {
  WalkedFile file;
  file.path = std::move(path);
  file.is_symlink = S_ISLNK(info.st_mode);
  file.mode = info.st_mode & 07777U;
  file.identity = identity_of(info);
  if (file.is_symlink && !read_link(folder, name, file.link)) return std::nullopt;
  return file;
}

}  // namespace valise
