#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/files.hpp"
#include "base/retry.hpp"

namespace valise {
namespace {

/// A new file of mode 0600 that goes again unless it is kept.
class TemporaryFile {
 public:
  /// `stem` is the start of its path; six random characters follow.
  explicit TemporaryFile(const std::filesystem::path& stem) : path_(stem.string() + ".XXXXXX") {
    fd_ = UniqueFd(retry_interrupted([&] { return mkostemp(path_.data(), O_CLOEXEC); }));
    if (!fd_) fail_file(ErrorKind::storage, "cannot make a file in", stem.parent_path(), errno);
  }
  ~TemporaryFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void keep() noexcept { path_.clear(); }
  [[nodiscard]] UniqueFd take_fd() noexcept { return std::move(fd_); }

 private:
  std::string path_;
  UniqueFd fd_;
};

[[noreturn]] void fail_no_regular_file(const std::filesystem::path& path) {
  throw Error(ErrorKind::usage, path.string() +
                                    " is not a regular file (a folder, a pipe or a device cannot "
                                    "be read here); give the file itself");
}

bool name_is_taken(const std::filesystem::path& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) return true;
  if (errno != ENOENT) fail_file(ErrorKind::storage, "cannot make", path, errno);
  return false;
}

}  // namespace

std::optional<Bytes> read_file(const std::filesystem::path& path, std::uint64_t bytes_max) {
  // O_NONBLOCK: a pipe must not make us wait for its writer before it can be refused.
  const UniqueFd fd(retry_interrupted(
      [&] { return open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); }));
  if (!fd && errno == ENOENT) return std::nullopt;
  // A socket cannot be opened at all.
  if (!fd && errno == ENXIO) fail_no_regular_file(path);
  if (!fd) fail_file(ErrorKind::storage, "cannot open", path, errno);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) fail_file(ErrorKind::storage, "cannot read", path, errno);
  if (!S_ISREG(info.st_mode)) fail_no_regular_file(path);

  const auto too_large = [&] {
    return Error(ErrorKind::limit,
                 path.string() + " is larger than " + std::to_string(bytes_max) + " bytes");
  };
  const std::uint64_t expected = info.st_size > 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
  if (expected > bytes_max) throw too_large();
  // Read to the end whatever the size says: the file may be growing.
  Bytes content;
  content.reserve(expected);
  std::array<std::uint8_t, 65536> part{};
  for (;;) {
    const ssize_t got = retry_interrupted([&] { return read(fd.get(), part.data(), part.size()); });
    if (got < 0) fail_file(ErrorKind::storage, "cannot read", path, errno);
    if (got == 0) return content;
    const auto more = static_cast<std::size_t>(got);
    if (more > bytes_max - content.size()) throw too_large();
    append(content, ByteSpan(part).first(more));
  }
}

bool write_file(const std::filesystem::path& path, ByteSpan content, unsigned mode,
                Existing existing) {
  if (existing == Existing::refuse && name_is_taken(path)) return false;
  // Hidden, so that a folder that is looked through by pattern does not show it.
  TemporaryFile temporary(path.parent_path() / ("." + path.filename().string()));
  if (fchmod(temporary.fd(), static_cast<mode_t>(mode)) != 0) {
    fail_file(ErrorKind::storage, "cannot set the permissions of", path, errno);
  }
  write_all(temporary.fd(), content, path);
  sync_file(temporary.fd(), path);
  if (existing == Existing::refuse) {
    if (!rename_if_absent(temporary.path(), path)) return false;
  } else if (std::rename(temporary.path().c_str(), path.c_str()) != 0) {
    fail_file(ErrorKind::storage, "cannot replace", path, errno);
  }
  temporary.keep();
  sync_folder(path.parent_path());
  return true;
}

void make_folders(const std::filesystem::path& path) {
  // A slash at the end makes an empty last part.
  const std::filesystem::path folder = path.has_filename() ? path : path.parent_path();
  if (folder.empty()) return;
  struct stat info {};
  if (stat(folder.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) {
      fail_file(ErrorKind::storage, "cannot make the folder", folder, ENOTDIR);
    }
    return;
  }
  if (errno != ENOENT) fail_file(ErrorKind::storage, "cannot make the folder", folder, errno);
  make_folders(folder.parent_path());
  if (mkdir(folder.c_str(), 0700) != 0) {
    // Another run may have made it in the meantime; a dangling symbolic link is no folder.
    const int error = errno;
    if (error == EEXIST && stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return;
    fail_file(ErrorKind::storage, "cannot make the folder", folder, error);
  }
  sync_folder(folder.parent_path());
}

UniqueFd unnamed_file(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  // O_EXCL: nobody may give it a name later either.
  UniqueFd fd(retry_interrupted(
      [&] { return open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600); }));
  if (fd) return fd;
  // A kernel or file system without O_TMPFILE reads it as "open this folder for writing": EISDIR.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
    fail_file(ErrorKind::storage, "cannot make a temporary file in", folder, errno);
  }
#endif
  // Unlinked as it goes out of scope.
  return TemporaryFile(folder / ".valise").take_fd();
}

}  // namespace valise
