#include "source/read_fd_vfs.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>
#include <string_view>

#include "base/error.hpp"
#include "source/read_ahead.hpp"

namespace valise {

namespace {

constexpr const char* kDescriptorVfs = "valise-read-fd";
// Operations from 100 up are free for a layer's own use; this one hands the cancellation over.
constexpr int kAttachCancellation = 0x7662;

struct DescriptorFile {
  sqlite3_file base;  // Must stand first: SQLite sees only this.
  int fd;
  const Cancellation* cancellation;
  ReadAhead* ahead;
};

DescriptorFile* file_of(sqlite3_file* file) { return reinterpret_cast<DescriptorFile*>(file); }

// The descriptor is the caller's.
int fd_close(sqlite3_file* file) {
  delete file_of(file)->ahead;
  return SQLITE_OK;
}

int fd_read(sqlite3_file* base, void* out, int amount, sqlite3_int64 offset) {
  const DescriptorFile* file = file_of(base);
  if (file->cancellation != nullptr && file->cancellation->requested()) return SQLITE_IOERR_READ;
  const auto fill = [&](MutableByteSpan to, std::int64_t from) -> std::size_t {
    const ssize_t got = pread(file->fd, to.data(), to.size(), from);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  };
  try {
    if (file->ahead->serve(out, static_cast<std::size_t>(amount), offset, fill)) return SQLITE_OK;
  } catch (const std::bad_alloc&) {
    file->ahead->forget();
  }
  auto* to = static_cast<unsigned char*>(out);
  auto left = static_cast<std::size_t>(amount);
  while (left > 0) {
    const ssize_t got = pread(file->fd, to, left, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SQLITE_IOERR_READ;
    if (got == 0) {
      std::memset(to, 0, left);
      return SQLITE_IOERR_SHORT_READ;
    }
    to += got;
    offset += got;
    left -= static_cast<std::size_t>(got);
  }
  return SQLITE_OK;
}

int fd_write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int fd_truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int fd_sync(sqlite3_file*, int) { return SQLITE_OK; }

int fd_size(sqlite3_file* base, sqlite3_int64* size) {
  struct stat status {};
  if (fstat(file_of(base)->fd, &status) != 0) return SQLITE_IOERR_FSTAT;
  *size = status.st_size;
  return SQLITE_OK;
}

int fd_lock(sqlite3_file*, int) { return SQLITE_OK; }
int fd_reserved(sqlite3_file*, int* result) {
  *result = 0;
  return SQLITE_OK;
}

int fd_control(sqlite3_file* base, int operation, void* argument) {
  if (operation != kAttachCancellation) return SQLITE_NOTFOUND;
  file_of(base)->cancellation = static_cast<const Cancellation*>(argument);
  return SQLITE_OK;
}

int fd_sector(sqlite3_file*) { return 4096; }
int fd_device(sqlite3_file*) { return SQLITE_IOCAP_IMMUTABLE; }

const sqlite3_io_methods kDescriptorMethods = {
    1,       fd_close, fd_read,     fd_write,   fd_truncate, fd_sync,   fd_size,
    fd_lock, fd_lock,  fd_reserved, fd_control, fd_sector,   fd_device, nullptr,
    nullptr, nullptr,  nullptr,     nullptr,    nullptr};

/// The name of a database here is "/fd/" and the number.
int fd_open(sqlite3_vfs*, const char* name, sqlite3_file* base, int flags, int* flags_out) {
  base->pMethods = nullptr;
  constexpr std::string_view kPrefix = "/fd/";
  const std::string_view text = name == nullptr ? std::string_view() : std::string_view(name);
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || !text.starts_with(kPrefix)) return SQLITE_CANTOPEN;
  DescriptorFile* file = file_of(base);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + kPrefix.size(), end, file->fd);
  if (parsed.ec != std::errc() || parsed.ptr != end) return SQLITE_CANTOPEN;
  file->cancellation = nullptr;
  file->ahead = new (std::nothrow) ReadAhead;
  if (file->ahead == nullptr) return SQLITE_NOMEM;
  base->pMethods = &kDescriptorMethods;
  if (flags_out != nullptr) *flags_out = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
  return SQLITE_OK;
}

int fd_delete(sqlite3_vfs*, const char*, int) { return SQLITE_READONLY; }

int fd_access(sqlite3_vfs*, const char*, int, int* result) {
  *result = 0;
  return SQLITE_OK;
}

int fd_full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

/// Randomness, sleep and time are the system's: a copy of its layer, with the files replaced.
sqlite3_vfs descriptor_layer() {
  sqlite3_vfs layer = *sqlite3_vfs_find(nullptr);
  layer.iVersion = 1;
  layer.szOsFile = sizeof(DescriptorFile);
  layer.pNext = nullptr;
  layer.zName = kDescriptorVfs;
  layer.xOpen = fd_open;
  layer.xDelete = fd_delete;
  layer.xAccess = fd_access;
  layer.xFullPathname = fd_full_path;
  return layer;
}

void register_descriptor_layer() {
  // The static's own lock makes the registration happen once, whatever the threads.
  static const int code = [] {
    if (const int failed = sqlite3_initialize(); failed != SQLITE_OK) return failed;
    static sqlite3_vfs layer = descriptor_layer();
    return sqlite3_vfs_register(&layer, 0);
  }();
  if (code != SQLITE_OK) {
    throw Error(ErrorKind::internal,
                std::string("cannot register the descriptor layer: ") + sqlite3_errstr(code));
  }
}

}  // namespace

SqliteHandle open_descriptor(int fd, const Cancellation* cancellation, int& code) {
  register_descriptor_layer();
  const std::string name = "/fd/" + std::to_string(fd);
  sqlite3* opened = nullptr;
  code = sqlite3_open_v2(name.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                         kDescriptorVfs);
  SqliteHandle handle(opened);
  if (code == SQLITE_OK) {
    code = sqlite3_file_control(opened, "main", kAttachCancellation,
                                const_cast<Cancellation*>(cancellation));
  }
  return handle;
}

}  // namespace valise
