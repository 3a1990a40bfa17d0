#include "source/read_ahead_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>

#include "base/error.hpp"
#include "source/read_ahead.hpp"

namespace valise {

namespace {

constexpr const char* kReadAheadVfs = "valise-read-ahead";
struct AheadFile {
  sqlite3_file base;  // Must stand first: SQLite sees only this.
  ReadAhead* ahead;
};

// The layer below keeps its own file in the room behind ours.
constexpr std::size_t kBelowOffset = (sizeof(AheadFile) + 15) / 16 * 16;

sqlite3_vfs* below() {
  static sqlite3_vfs* const layer = sqlite3_vfs_find(nullptr);
  return layer;
}

ReadAhead& ahead_of(sqlite3_file* file) { return *reinterpret_cast<AheadFile*>(file)->ahead; }

sqlite3_file* below_of(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kBelowOffset);
}

const sqlite3_io_methods& methods_below(sqlite3_file* file) { return *below_of(file)->pMethods; }

int ahead_close(sqlite3_file* file) {
  delete reinterpret_cast<AheadFile*>(file)->ahead;
  return methods_below(file).xClose(below_of(file));
}

int ahead_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  const auto fill = [&](MutableByteSpan to, std::int64_t from) -> std::size_t {
    sqlite3_int64 size = 0;
    if (methods_below(file).xFileSize(below_of(file), &size) != SQLITE_OK || from >= size) return 0;
    const auto count = std::min<sqlite3_int64>(static_cast<sqlite3_int64>(to.size()), size - from);
    const int code =
        methods_below(file).xRead(below_of(file), to.data(), static_cast<int>(count), from);
    return code == SQLITE_OK ? static_cast<std::size_t>(count) : 0;
  };
  try {
    if (ahead_of(file).serve(out, static_cast<std::size_t>(amount), offset, fill)) {
      return SQLITE_OK;
    }
  } catch (const std::bad_alloc&) {
    ahead_of(file).forget();
  }
  return methods_below(file).xRead(below_of(file), out, amount, offset);
}

int ahead_write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  ahead_of(file).forget();
  return methods_below(file).xWrite(below_of(file), from, amount, offset);
}
int ahead_truncate(sqlite3_file* file, sqlite3_int64 size) {
  ahead_of(file).forget();
  return methods_below(file).xTruncate(below_of(file), size);
}
int ahead_sync(sqlite3_file* file, int flags) {
  return methods_below(file).xSync(below_of(file), flags);
}
int ahead_size(sqlite3_file* file, sqlite3_int64* size) {
  return methods_below(file).xFileSize(below_of(file), size);
}
int ahead_lock(sqlite3_file* file, int lock) {
  ahead_of(file).forget();
  return methods_below(file).xLock(below_of(file), lock);
}
int ahead_unlock(sqlite3_file* file, int lock) {
  ahead_of(file).forget();
  return methods_below(file).xUnlock(below_of(file), lock);
}
int ahead_reserved(sqlite3_file* file, int* result) {
  return methods_below(file).xCheckReservedLock(below_of(file), result);
}
int ahead_control(sqlite3_file* file, int operation, void* argument) {
  return methods_below(file).xFileControl(below_of(file), operation, argument);
}
int ahead_sector(sqlite3_file* file) { return methods_below(file).xSectorSize(below_of(file)); }
int ahead_device(sqlite3_file* file) {
  return methods_below(file).xDeviceCharacteristics(below_of(file));
}
int ahead_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return methods_below(file).xShmMap(below_of(file), region, size, extend, out);
}
// In WAL mode these are the locks that begin and end a transaction.
int ahead_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  ahead_of(file).forget();
  return methods_below(file).xShmLock(below_of(file), offset, count, flags);
}
void ahead_shm_barrier(sqlite3_file* file) { methods_below(file).xShmBarrier(below_of(file)); }
int ahead_shm_unmap(sqlite3_file* file, int remove) {
  return methods_below(file).xShmUnmap(below_of(file), remove);
}

// Version 2: shared memory, and no memory-mapped reading.
const sqlite3_io_methods kReadAheadMethods = {2,
                                              ahead_close,
                                              ahead_read,
                                              ahead_write,
                                              ahead_truncate,
                                              ahead_sync,
                                              ahead_size,
                                              ahead_lock,
                                              ahead_unlock,
                                              ahead_reserved,
                                              ahead_control,
                                              ahead_sector,
                                              ahead_device,
                                              ahead_shm_map,
                                              ahead_shm_lock,
                                              ahead_shm_barrier,
                                              ahead_shm_unmap,
                                              nullptr,
                                              nullptr};

int ahead_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  // WAL, journals and temporary files go straight to the layer below, in our room.
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
    return below()->xOpen(below(), name, file, flags, flags_out);
  std::unique_ptr<ReadAhead> ahead(new (std::nothrow) ReadAhead);
  if (!ahead) return SQLITE_NOMEM;
  sqlite3_file* real = below_of(file);
  const int code = below()->xOpen(below(), name, real, flags, flags_out);
  if (real->pMethods == nullptr) return code;
  if (code != SQLITE_OK || real->pMethods->iVersion < 2) {
    real->pMethods->xClose(real);
    return code != SQLITE_OK ? code : SQLITE_CANTOPEN;
  }
  reinterpret_cast<AheadFile*>(file)->ahead = ahead.release();
  file->pMethods = &kReadAheadMethods;
  return SQLITE_OK;
}

}  // namespace

const char* read_ahead_layer() {
  // The static's own lock makes the registration happen once, whatever the threads.
  static const int code = [] {
    if (const int failed = sqlite3_initialize(); failed != SQLITE_OK) return failed;
    static sqlite3_vfs layer = *below();
    layer.szOsFile = static_cast<int>(kBelowOffset) + below()->szOsFile;
    layer.pNext = nullptr;
    layer.zName = kReadAheadVfs;
    layer.xOpen = ahead_open;
    return sqlite3_vfs_register(&layer, 0);
  }();
  if (code != SQLITE_OK) {
    throw Error(ErrorKind::internal,
                std::string("cannot register the reading layer: ") + sqlite3_errstr(code));
  }
  return kReadAheadVfs;
}

}  // namespace valise
