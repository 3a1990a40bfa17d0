#include "source/capture_vfs.hpp"

#include <sqlite3.h>

#include <cstring>

#include "base/error.hpp"

namespace valise {

namespace {

constexpr const char* kCaptureVfs = "valise-capture";
// Operations from 100 up are free for a layer's own use; this one hands the stream to the file.
constexpr int kAttachStream = 0x7661;

struct CaptureFile {
  sqlite3_file base;  // Must stand first: SQLite sees only this.
  CaptureStream* stream;
};

CaptureStream* stream_of(sqlite3_file* file) {
  return reinterpret_cast<CaptureFile*>(file)->stream;
}

int capture_close(sqlite3_file*) { return SQLITE_OK; }

int capture_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  const auto count = static_cast<std::size_t>(amount);
  const MutableByteSpan span(static_cast<std::uint8_t*>(out), count);
  const CaptureStream* stream = stream_of(file);
  if (stream == nullptr) {
    std::memset(out, 0, count);
    return SQLITE_IOERR_SHORT_READ;
  }
  return stream->read(static_cast<std::uint64_t>(offset), span) ? SQLITE_OK
                                                                : SQLITE_IOERR_SHORT_READ;
}

int capture_write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
  CaptureStream* stream = stream_of(file);
  if (stream == nullptr) return SQLITE_IOERR_WRITE;
  const ByteSpan span(static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(amount));
  return stream->write(static_cast<std::uint64_t>(offset), span) ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int capture_truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_OK; }
int capture_sync(sqlite3_file*, int) { return SQLITE_OK; }

int capture_size(sqlite3_file* file, sqlite3_int64* size) {
  const CaptureStream* stream = stream_of(file);
  *size = stream == nullptr ? 0 : static_cast<sqlite3_int64>(stream->size());
  return SQLITE_OK;
}

int capture_lock(sqlite3_file*, int) { return SQLITE_OK; }
int capture_reserved(sqlite3_file*, int* result) {
  *result = 0;
  return SQLITE_OK;
}

int capture_control(sqlite3_file* file, int operation, void* argument) {
  if (operation != kAttachStream) return SQLITE_NOTFOUND;
  reinterpret_cast<CaptureFile*>(file)->stream = static_cast<CaptureStream*>(argument);
  return SQLITE_OK;
}

int capture_sector(sqlite3_file*) { return 512; }
// Otherwise SQLite would rewrite the neighbours of a page that is smaller than a sector.
int capture_device(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods kCaptureMethods = {1,
                                            capture_close,
                                            capture_read,
                                            capture_write,
                                            capture_truncate,
                                            capture_sync,
                                            capture_size,
                                            capture_lock,
                                            capture_lock,
                                            capture_reserved,
                                            capture_control,
                                            capture_sector,
                                            capture_device,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr};

int capture_open(sqlite3_vfs*, const char*, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  // A journal or a temporary file would be plaintext on disk: there is none.
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
  reinterpret_cast<CaptureFile*>(file)->stream = nullptr;
  file->pMethods = &kCaptureMethods;
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int capture_delete(sqlite3_vfs*, const char*, int) { return SQLITE_OK; }

int capture_access(sqlite3_vfs*, const char*, int, int* result) {
  *result = 0;
  return SQLITE_OK;
}

int capture_full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

/// Randomness, sleep and time are the system's: a copy of its layer, with the files replaced.
sqlite3_vfs capture_layer() {
  sqlite3_vfs layer = *sqlite3_vfs_find(nullptr);
  layer.iVersion = 1;
  layer.szOsFile = sizeof(CaptureFile);
  layer.pNext = nullptr;
  layer.zName = kCaptureVfs;
  layer.xOpen = capture_open;
  layer.xDelete = capture_delete;
  layer.xAccess = capture_access;
  layer.xFullPathname = capture_full_path;
  return layer;
}

void register_once() {
  // The static's own lock makes the registration happen once, whatever the threads.
  static const int code = [] {
    if (const int failed = sqlite3_initialize(); failed != SQLITE_OK) return failed;
    static sqlite3_vfs layer = capture_layer();
    return sqlite3_vfs_register(&layer, 0);
  }();
  if (code != SQLITE_OK) {
    throw Error(ErrorKind::internal,
                std::string("cannot register the capture layer: ") + sqlite3_errstr(code));
  }
}

}  // namespace

SqliteHandle open_capture_destination(CaptureStream& stream) {
  register_once();
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2("/capture", &opened,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                             kCaptureVfs);
  SqliteHandle handle(opened);
  if (code == SQLITE_OK) code = sqlite3_file_control(opened, "main", kAttachStream, &stream);
  // No journal, no sync and no locks: there is no file. The small cache bounds the memory and is
  // what makes SQLite hand pages on while it reads.
  for (const char* pragma : {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=OFF",
                             "PRAGMA synchronous=OFF", "PRAGMA cache_size=-256"}) {
    if (code == SQLITE_OK) code = run_statement(opened, pragma);
  }
  if (code != SQLITE_OK) {
    throw Error(ErrorKind::internal,
                std::string("cannot open the capture layer: ") + sqlite3_errstr(code));
  }
  return handle;
}

}  // namespace valise
