#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/bytes.hpp"
#include "base/files.hpp"

namespace valise {

/// Bytes of the page file that no row names.
struct FreeRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// The file beside the state's database that holds the sealed groups of pages, one after the other.
/// The database says what stands where; what it does not name is of an older night, or of a run
/// that was cut short, and is written over. In a file of their own the groups cost one write for
/// many pages and one read each (measured: in SQLite's overflow pages, a fifth of a first backup).
/// Every failure is Error(storage). Not thread-safe, but for sync().
class PageFile {
 public:
  /// Opens or creates (mode 0600). Groups go into the first of `free` that has room, else to `end`.
  PageFile(std::filesystem::path path, std::uint64_t end, std::vector<FreeRange> free = {});
  /// Returns the offset at which the bytes stand.
  std::uint64_t put_group(ByteSpan sealed);
  /// Writes out what put_group holds back.
  void flush();
  /// Makes all that was flushed durable.
  void sync() const;
  /// Cuts off what stands behind `end`. Only after what the file is for was committed.
  void cut(std::uint64_t end) const;
  /// `size` bytes from `offset`; fewer when the file is shorter.
  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t size) const;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  std::uint64_t written_;
  std::uint64_t write_back_from_;
  std::vector<FreeRange> free_;
  Bytes buffer_;
};

}  // namespace valise
