#include "ops/partial_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/random.hpp"

namespace valise {
namespace {

constexpr std::string_view kMark = ".valise-";
constexpr std::string_view kSuffix = ".partial";
constexpr std::size_t kRandomBytes = 8;
// So much of the target's name goes before that: with the rest, what every file system takes.
constexpr std::size_t kNameBytesMax = 200;

std::string name_start(const std::filesystem::path& target) {
  std::string name = target.filename().string();
  if (name.size() > kNameBytesMax) {
    std::size_t end = kNameBytesMax;
    // Not within a UTF-8 character, which some file systems refuse.
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80) --end;
    name.resize(end);
  }
  return name + std::string(kMark);
}

// Whether `name` is one that a PartialFile gets whose name starts with `start`.
bool is_partial_name(std::string_view name, std::string_view start) {
  if (!name.starts_with(start) || !name.ends_with(kSuffix)) return false;
  name.remove_prefix(start.size());
  return name.size() == 2 * kRandomBytes + kSuffix.size() &&
         name.find_first_not_of("0123456789abcdef") == 2 * kRandomBytes;
}

bool is_same_file(int fd, const std::filesystem::path& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

void remove_if_nobody_holds_it(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return;
  if (is_same_file(fd.get(), path)) ::unlink(path.c_str());
}

void remove_leftovers(const std::filesystem::path& target) {
  std::error_code error;
  const std::string start = name_start(target);
  for (auto at = std::filesystem::directory_iterator(target.parent_path(), error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (is_partial_name(at->path().filename().string(), start))
      remove_if_nobody_holds_it(at->path());
  }
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& target) {
  remove_leftovers(target);
  // A run that sweeps between the two calls may take the new file for a leftover: another one then.
  do {
    path_ = target.parent_path() /
            (name_start(target) + hex(random_array<kRandomBytes>()) + std::string(kSuffix));
    fd_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd_) fail_file(ErrorKind::storage, "cannot write", path_, errno);
    // Where the file system has no locks, nothing sweeps either.
  } while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0 ? errno == EWOULDBLOCK
                                                      : !is_same_file(fd_.get(), path_));
}

PartialFile::~PartialFile() {
  if (fd_ && is_same_file(fd_.get(), path_)) ::unlink(path_.c_str());
}

bool PartialFile::rename_to(const std::filesystem::path& target) {
  if (!is_same_file(fd_.get(), path_)) {
    throw Error(ErrorKind::storage,
                path_.string() + ": it was removed or replaced while it was written");
  }
  if (!rename_if_absent(path_, target)) return false;
  fd_.reset();
  return true;
}

}  // namespace valise
