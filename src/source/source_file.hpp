#pragma once

// Private to this room: what kind of file a source is, told from outside, so that an error can say
// what to do about it.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/bytes.hpp"
#include "source/sqlite_handle.hpp"

namespace valise {

/// What a file is now; a later change of the content shows in one of these.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// The stamp of a regular file that is not empty. Throws Error(source): no such file, no
/// permission, a folder, something else that holds no bytes, empty.
[[nodiscard]] FileStamp require_source_file(const std::filesystem::path& path);

/// The file of that name with `suffix` behind it (-wal, -shm, -journal).
[[nodiscard]] std::filesystem::path beside(const std::filesystem::path& path, const char* suffix);

/// True if it exists and holds a byte.
[[nodiscard]] bool holds_bytes(const std::filesystem::path& path);

/// Fields of the first 100 bytes (https://www.sqlite.org/fileformat2.html, "The Database Header").
struct DatabaseHeader {
  std::uint32_t page_size = 0;
  bool wal = false;
  /// Absent where the writer was too old to keep it.
  std::optional<std::uint32_t> page_count;
};

/// The start of the file, at most `Start::bytes.size()` bytes, read through SQLite's own
/// descriptor: closing one of our own would drop the locks that SQLite holds on the file in this
/// process.
struct FileStart {
  std::array<std::uint8_t, 4096> bytes{};
  std::size_t count = 0;
  [[nodiscard]] ByteSpan view() const noexcept { return {bytes.data(), count}; }
};
[[nodiscard]] FileStart read_start(sqlite3* database, const std::filesystem::path& path);

/// The header, or nothing when these bytes do not start a SQLite database.
[[nodiscard]] std::optional<DatabaseHeader> parse_header(ByteSpan start) noexcept;

/// Throws the Error(source) for a file that does not start as a SQLite database does: encrypted
/// (and by which app, as far as the name tells), or something else.
[[noreturn]] void fail_not_a_database(const std::filesystem::path& path, ByteSpan start);

/// Throws Error(source) for a file that may not be opened.
[[noreturn]] void fail_no_permission(const std::filesystem::path& path);

}  // namespace valise
