#include "cli/secret_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "valise/error.hpp"

namespace valise::cli {

namespace {

struct SecretFile {
  const std::filesystem::path& path;
  const std::string& what;
  const std::string& nothing;

  [[noreturn]] void fail(const std::string& problem, int error_number) const {
    throw Error(ErrorKind::storage, "the file of " + what + ", " + path.string() + ", " + problem +
                                        ": " + std::strerror(error_number) + "; " + nothing);
  }
};

[[noreturn]] void fail_existing(const std::filesystem::path& path, const std::string& what) {
  throw Error(ErrorKind::usage, path.string() + " exists already, and " + what +
                                    " is never written over a file; give another name");
}

bool sync(int fd) {
#ifdef F_FULLFSYNC
  // fsync alone stops at the drive's cache there; network folders know nothing else.
  if (::fcntl(fd, F_FULLFSYNC) == 0) return true;
#endif
  return ::fsync(fd) == 0;
}

bool write_all(int fd, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_parts(int fd, std::initializer_list<ByteSpan> parts) {
  for (const ByteSpan part : parts) {
    if (!write_all(fd, part)) return false;
  }
  return sync(fd);
}

void sync_folder_of(const SecretFile& file) {
  const int fd = ::open(file.path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = fd >= 0 && sync(fd);
  const int why = errno;
  // Some network file systems refuse to sync a folder, because their names are durable at once.
  if (fd >= 0 && (why == EINVAL || why == ENOTSUP)) synced = true;
  if (fd >= 0) ::close(fd);
  if (!synced) {
    ::unlink(file.path.c_str());
    file.fail("is in a folder that cannot be synced", why);
  }
}

}  // namespace

void refuse_existing_file(const std::filesystem::path& path, const std::string& what) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    fail_existing(path, what);
  }
}

void write_secret_file(const std::filesystem::path& path, std::initializer_list<ByteSpan> parts,
                       const std::string& what, const std::string& nothing) {
  const SecretFile file{path, what, nothing};
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) fail_existing(path, what);
  if (fd < 0) file.fail("cannot be made", errno);
  const bool written = write_parts(fd, parts);
  int why = errno;
  const bool closed = ::close(fd) == 0;
  if (written && !closed) why = errno;
  if (!written || !closed) {
    ::unlink(path.c_str());
    file.fail("cannot be written", why);
  }
  sync_folder_of(file);
}

}  // namespace valise::cli
