#include "base/rename.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "base/files.hpp"
#include "base/retry.hpp"

namespace valise {
namespace {

/// One file under two names. On a network file system the answer to a link may be lost and the
/// repeated request then finds its own work; without this, that success would look like a loss.
bool same_file(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  struct stat a {};
  struct stat b {};
  return fstatat(from_folder, from, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
         fstatat(to_folder, to, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino && a.st_nlink > 1;
}

int rename_exclusively(int from_folder, const char* from, int to_folder, const char* to) noexcept {
#if defined(__linux__)
  // Called by number: glibc has no wrapper before 2.28, musl none at all.
  constexpr unsigned kNoReplace = 1;  // RENAME_NOREPLACE, linux/fs.h
  const auto result = retry_interrupted(
      [&] { return syscall(SYS_renameat2, from_folder, from, to_folder, to, kNoReplace); });
#elif defined(__APPLE__)
  const auto result = retry_interrupted(
      [&] { return renameatx_np(from_folder, from, to_folder, to, RENAME_EXCL); });
#else
  const int result = -1;
  errno = ENOTSUP;
#endif
  if (result == 0) return 0;
  const bool unsupported =
      errno == EINVAL || errno == ENOSYS || errno == ENOTSUP || errno == EOPNOTSUPP;
  return unsupported ? ENOTSUP : errno;
}

}  // namespace

int rename_if_absent_at(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  // A link first: every POSIX file system that has it refuses to replace, NFS included, while the
  // flag of a rename is an addition that many do not know.
  const int linked = retry_interrupted([&] { return linkat(from_folder, from, to_folder, to, 0); });
  const int error = linked == 0 ? 0 : errno;
  if (error == 0 || (error == EEXIST && same_file(from_folder, from, to_folder, to))) {
    // The new name is there, which is all that was asked: an old one that stays is a leftover.
    unlinkat(from_folder, from, 0);
    return 0;
  }
  const bool unsupported = error == EPERM || error == EOPNOTSUPP || error == ENOTSUP ||
                           error == ENOSYS || error == EMLINK;
  return unsupported ? rename_exclusively(from_folder, from, to_folder, to) : error;
}

bool rename_if_absent(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int error = rename_if_absent_at(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str());
  if (error == EEXIST) return false;
  if (error == ENOTSUP) {
    throw Error(ErrorKind::storage, "cannot make " + to.string() + ": " + kNoRenameReason);
  }
  if (error != 0) fail_file(ErrorKind::storage, "cannot make", to, error);
  return true;
}

}  // namespace valise
