#include "cli/code_keeper.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/places.hpp"
#include "valise/error.hpp"

namespace valise::cli {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  throw Error(ErrorKind::storage, "the recovery code's file " + path.string() + " " + what + ": " +
                                      std::strerror(errno) + "; nothing was made");
}

[[noreturn]] void fail_existing(const std::filesystem::path& path) {
  throw Error(ErrorKind::usage, path.string() +
                                    " exists already, and a recovery code is never written over "
                                    "a file; give another name");
}

bool sync(int fd) {
#ifdef F_FULLFSYNC
  // fsync alone stops at the drive's cache there.
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

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && sync(fd);
  if (fd >= 0) ::close(fd);
  if (!synced) fail(folder, "is in a folder that cannot be synced");
}

void write_code(const std::filesystem::path& path, const Secret& code) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) fail_existing(path);
  if (fd < 0) fail(path, "cannot be made");
  const bool written = write_all(fd, code.view()) && write_all(fd, bytes_of("\n")) && sync(fd);
  const int why = errno;
  const bool closed = ::close(fd) == 0;
  if (!written || !closed) {
    // Nothing depends on this code yet.
    ::unlink(path.c_str());
    if (!written) errno = why;
    fail(path, "cannot be written");
  }
  sync_folder(path.parent_path());
}

}  // namespace

CodeKeeper::CodeKeeper(const std::optional<std::string>& file, std::string what)
    : what_(std::move(what)) {
  if (file) {
    file_ = absolute_path(*file, "--recovery-code-to");
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(*file_, ignored))) {
      fail_existing(*file_);
    }
    return;
  }
  terminal_ = Terminal::open();
  if (!terminal_) {
    throw Error(ErrorKind::usage,
                "standard input is no terminal to show the recovery code on; use "
                "--recovery-code-to FILE");
  }
}

void CodeKeeper::keep(const Secret& code) {
  if (file_) {
    write_code(*file_, code);
    written_ = true;
    return;
  }
  terminal_->show("\nThe recovery code of " + what_ +
                  ", shown this once. It opens\neverything that the passphrase opens, and always "
                  "exists:\n\n    ");
  terminal_->show_secret(code.view());
  terminal_->show(
      "\n\nWrite it on paper and keep it away from this machine. Whoever holds it can read\nevery "
      "backup; when it and the passphrase are both lost, nobody can. Large and\nsmall letters are "
      "the same, and so are O and 0, and I, L and 1.\n\n");
  terminal_->wait_for_enter("Press Enter when it is written down (Ctrl-C: make nothing). ");
}

std::string CodeKeeper::leftover() const {
  if (!written_) return {};
  return "The code in " + file_->string() +
         " was written before that: remove the file before "
         "the next try if nothing was made";
}

}  // namespace valise::cli
