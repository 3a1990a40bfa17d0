#include "base/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/retry.hpp"

namespace valise {
namespace {

// Linux cuts a longer request, macOS refuses one over INT_MAX.
constexpr std::size_t kRequestBytesMax = std::size_t{1} << 30;

/// What to do about the failures that people meet.
const char* way_out(int error_number) noexcept {
  switch (error_number) {
    case ENOSPC:
      return "the disk is full: free some space and run this again";
    case EDQUOT:
      return "your quota is used up: free some space and run this again";
    case EROFS:
      return "it is mounted read-only: mount it writable or choose another folder";
    case EACCES:
    case EPERM:
      return "look at who owns it and at its permissions";
    case EFBIG:
      return "the file system or a limit of this account (ulimit -f) forbids files this large";
    case EMFILE:
    case ENFILE:
      return "too many files are open: raise the limit (ulimit -n)";
    case EIO:
      return "the drive or the connection to it is failing";
    case ENODEV:
    case ENOTCONN:
    case ESTALE:
      return "is the drive or the network folder still connected?";
    default:
      return nullptr;
  }
}

template <typename WriteSome>
void write_in_parts(ByteSpan bytes, const std::filesystem::path& path, WriteSome write_some) {
  while (!bytes.empty()) {
    const std::size_t asked = std::min(bytes.size(), kRequestBytesMax);
    const ssize_t written = retry_interrupted([&] { return write_some(bytes.data(), asked); });
    if (written < 0) fail_file(ErrorKind::storage, "cannot write", path, errno);
    // POSIX leaves open what 0 means here; to go on asking could take for ever.
    if (written == 0) fail_file(ErrorKind::storage, "cannot write", path, EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

int sync_through(int fd) noexcept {
#ifdef F_FULLFSYNC
  if (retry_interrupted([&] { return fcntl(fd, F_FULLFSYNC); }) == 0) return 0;
  // Network folders do not know it.
  if (errno != ENOTSUP && errno != EINVAL && errno != ENOTTY) return -1;
#endif
  return retry_interrupted([&] { return fsync(fd); });
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int UniqueFd::release() noexcept { return std::exchange(fd_, -1); }

void UniqueFd::reset() noexcept {
  // Never repeated after EINTR: the number may belong to another thread's file by then.
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string system_reason(int error_number) {
  std::string reason = std::generic_category().message(error_number);
  if (const char* hint = way_out(error_number)) reason.append("; ").append(hint);
  return reason;
}

void fail_file(ErrorKind kind, const std::string& what, const std::filesystem::path& path,
               int error_number) {
  throw Error(kind, what + " " + path.string() + ": " + system_reason(error_number));
}

void sync_file(int fd, const std::filesystem::path& path) {
  // Never tried again: after a failure the system may have dropped the bytes and report success.
  if (sync_through(fd) != 0) fail_file(ErrorKind::storage, "cannot write", path, errno);
}

void sync_folder(int fd, const std::filesystem::path& path) {
  // Some network file systems refuse to sync a folder, because their names are durable at once.
  if (sync_through(fd) == 0 || errno == EINVAL || errno == ENOTSUP) return;
  fail_file(ErrorKind::storage, "cannot write the folder", path, errno);
}

void sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.empty() ? "." : path;
  const UniqueFd fd(
      retry_interrupted([&] { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) fail_file(ErrorKind::storage, "cannot open the folder", folder, errno);
  sync_folder(fd.get(), folder);
}

void write_all(int fd, ByteSpan bytes, const std::filesystem::path& path) {
  write_in_parts(bytes, path,
                 [&](const std::uint8_t* data, std::size_t size) { return write(fd, data, size); });
}

void write_all_at(int fd, ByteSpan bytes, std::uint64_t offset, const std::filesystem::path& path) {
  const std::uint8_t* begin = bytes.data();
  write_in_parts(bytes, path, [&](const std::uint8_t* data, std::size_t size) {
    return pwrite(fd, data, size, static_cast<off_t>(offset) + (data - begin));
  });
}

std::size_t read_at(int fd, MutableByteSpan out, std::uint64_t offset,
                    const std::filesystem::path& path) {
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t asked = std::min(out.size() - done, kRequestBytesMax);
    const ssize_t got = retry_interrupted(
        [&] { return pread(fd, out.data() + done, asked, static_cast<off_t>(offset + done)); });
    if (got < 0) fail_file(ErrorKind::storage, "cannot read", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void begin_write_back(int fd, std::uint64_t offset, std::uint64_t size) noexcept {
#ifdef __linux__
  static_cast<void>(sync_file_range(fd, static_cast<off64_t>(offset), static_cast<off64_t>(size),
                                    SYNC_FILE_RANGE_WRITE));
#else
  static_cast<void>(fd), static_cast<void>(offset), static_cast<void>(size);
#endif
}

}  // namespace valise
