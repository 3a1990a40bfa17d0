#pragma once

#include <string>

#include "base/bytes.hpp"
#include "format/page_records.hpp"

namespace valise {

/// An open database file by its pages. Refers to what it was made of. Thread-safe for different
/// pages.
struct DatabaseFile {
  int fd;
  const std::string& path;  ///< For messages.
  std::size_t page_size;

  /// `content` holds the pages of the list, in its order. Neighbours are written at once. Throws
  /// Error(storage).
  void write(const PageList& pages, ByteSpan content) const;
  /// The same the other way round; pages that the file does not have are Error(storage).
  void read(const PageList& pages, MutableByteSpan out) const;

 private:
  [[nodiscard]] std::uint64_t offset(std::uint32_t page) const {
    return static_cast<std::uint64_t>(page - 1) * page_size;
  }
};

}  // namespace valise
