#pragma once

#include <filesystem>

#include "base/bytes.hpp"
#include "base/files.hpp"

namespace valise {

/// The file beside the state's database that holds the sealed groups of pages, one after the other.
/// The database says what stands where; what stands behind the last group it names is of a run that
/// was cut short, and is written over. In a file of their own the groups cost one write for many
/// pages and one read each (measured: in SQLite's overflow pages, a fifth of a first backup).
/// Every failure is Error(storage). Not thread-safe, but for sync().
class PageFile {
 public:
  /// Opens or creates (mode 0600); appends go to `end`.
  PageFile(std::filesystem::path path, std::uint64_t end);
  /// Returns the offset at which the bytes stand.
  std::uint64_t append_group(ByteSpan sealed);
  /// Writes out what append_group holds back.
  void flush();
  /// Makes all that was flushed durable.
  void sync() const;
  /// `size` bytes from `offset`; fewer when the file is shorter.
  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t size) const;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
  std::uint64_t written_;
  std::uint64_t write_back_from_;
  Bytes buffer_;
};

}  // namespace valise
