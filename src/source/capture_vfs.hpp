#pragma once

// Private to this room: the file system layer that a capture's destination is written to. It keeps
// no file: every page that SQLite writes goes straight to a PageSink.

#include <cstdint>
#include <exception>
#include <string>

#include "source/live_database.hpp"
#include "source/sqlite_handle.hpp"

namespace valise {

/// What one capture has received. SQLite writes the destination in ascending order, a page at a
/// time; page 1 it may write early, late or twice, and reads it back, so it is kept here and handed
/// on at the end. Any other order is a defect, and never reaches the sink.
class CaptureStream {
 public:
  CaptureStream(PageSink& sink, std::uint32_t page_size, std::uint32_t page_count);

  /// One write of SQLite's. False ends the capture; nothing is thrown through SQLite's frames.
  [[nodiscard]] bool write(std::uint64_t offset, ByteSpan bytes) noexcept;
  /// Fills `out`; bytes that are not at hand (all but page 1's) come out as zeros and make it
  /// false.
  [[nodiscard]] bool read(std::uint64_t offset, MutableByteSpan out) const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept;

  /// Throws what the sink threw, or what was wrong with the order; nothing otherwise.
  void rethrow() const;
  /// Hands on page 1. Throws Error(internal) unless every page came.
  void finish();

 private:
  void accept(std::uint64_t offset, ByteSpan bytes);
  /// The page after `number` that is not the lock page.
  [[nodiscard]] std::uint64_t after(std::uint64_t number) const noexcept;

  PageSink& sink_;
  std::uint32_t page_size_;
  std::uint32_t page_count_;
  std::uint64_t next_ = 2;
  Bytes first_page_;
  std::exception_ptr failure_;
};

/// An empty database whose writes go to `stream`, which must outlive it.
/// Throws Error(internal) when SQLite cannot open it.
[[nodiscard]] SqliteHandle open_capture_destination(CaptureStream& stream);

}  // namespace valise
