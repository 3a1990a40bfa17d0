#pragma once

// Private to this room: the read transaction in which a live database is looked at.

#include <cstdint>
#include <filesystem>
#include <string>

#include "source/source_file.hpp"
#include "source/sqlite_handle.hpp"

namespace valise {

/// A database that another process may be writing, opened read-only, with one read transaction
/// begun. Not thread-safe.
class ReadTransaction {
 public:
  /// Waits up to `busy_wait_ms` for a writer that holds the file. Throws Error(source) naming the
  /// path and saying what to do.
  ReadTransaction(const std::filesystem::path& path, std::uint32_t busy_wait_ms);

  /// Absolute.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] sqlite3* database() const noexcept { return database_.get(); }
  /// A file that is read as one that stands still is locked by nobody: throws Error(source) where
  /// it has changed since it was opened.
  void require_unchanged() const;

 private:
  void open();
  void begin();
  [[nodiscard]] int open_handle();
  [[nodiscard]] bool try_immutable(int code);
  [[noreturn]] void fail_to_begin(int code, const std::string& reason);

  std::filesystem::path path_;
  std::uint32_t busy_wait_ms_;
  FileStamp stamp_;
  bool immutable_ = false;
  SqliteHandle database_;
};

}  // namespace valise
