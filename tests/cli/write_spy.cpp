// Loaded before a program by LD_PRELOAD: a copy of every byte that it writes to a file, pipe or
// socket goes to the file WRITE_SPY_TO, temporary files that are gone at the end included. Files
// below WRITE_SPY_PAPER, where secrets are meant to be, are left out. Linux.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// Opened once and never closed: the program's end does that.
int spy_fd() {
  static const int fd = [] {
    const char* path = std::getenv("WRITE_SPY_TO");
    return path == nullptr ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }();
  return fd;
}

bool on_paper(int fd) {
  const char* paper = std::getenv("WRITE_SPY_PAPER");
  if (paper == nullptr) return false;
  char link[64];
  char path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return std::strncmp(path, paper, std::strlen(paper)) == 0;
}

void note(int fd, const void* bytes, ssize_t count) {
  const int spy = spy_fd();
  if (spy < 0 || count <= 0 || on_paper(fd)) return;
  // Straight to the kernel: write() is this file's own.
  static_cast<void>(syscall(SYS_write, spy, bytes, static_cast<std::size_t>(count)));
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, std::size_t count) {
  static auto* const real = next<ssize_t(int, const void*, std::size_t)>("write");
  const ssize_t written = real(fd, bytes, count);
  note(fd, bytes, written);
  return written;
}

ssize_t pwrite(int fd, const void* bytes, std::size_t count, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  const ssize_t written = real(fd, bytes, count, offset);
  note(fd, bytes, written);
  return written;
}

ssize_t pwrite64(int fd, const void* bytes, std::size_t count, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
  const ssize_t written = real(fd, bytes, count, offset);
  note(fd, bytes, written);
  return written;
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const real = next<ssize_t(int, const iovec*, int)>("writev");
  const ssize_t written = real(fd, parts, count);
  for (int i = 0; written > 0 && i < count; ++i) {
    note(fd, parts[i].iov_base, static_cast<ssize_t>(parts[i].iov_len));
  }
  return written;
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static auto* const real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  const ssize_t written = real(fd, parts, count, offset);
  for (int i = 0; written > 0 && i < count; ++i) {
    note(fd, parts[i].iov_base, static_cast<ssize_t>(parts[i].iov_len));
  }
  return written;
}

}  // extern "C"
