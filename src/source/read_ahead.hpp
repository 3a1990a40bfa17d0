#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace valise {

/// Bytes of a file that were read before they were asked for, while it is read in order, forwards
/// (as a scan does) or backwards (as SQLite's check of a tree does). Not thread-safe.
class ReadAhead {
 public:
  /// Copies `amount` bytes from `offset` to `out` if they are at hand, or if this read goes on at
  /// or a little after the last one's end, or ends a little before its beginning: then
  /// `fill(to, offset)` reads up to to.size() bytes and returns how many it got. False when the
  /// caller has to read by itself.
  template <typename Fill>
  bool serve(void* out, std::size_t amount, std::int64_t offset, Fill fill) {
    const std::int64_t end = offset + static_cast<std::int64_t>(amount);
    const bool forwards = next_ >= 0 && offset >= next_ && offset - next_ <= kGapBytes;
    const bool backwards = next_ >= 0 && end <= last_ && last_ - end <= kGapBytes;
    last_ = offset;
    next_ = end;
    if (!holds(amount, offset)) {
      if (!forwards && !backwards) return false;
      offset_ = forwards ? offset : std::max<std::int64_t>(end - kAheadBytes, 0);
      bytes_.resize(kAheadBytes);
      bytes_.resize(std::min(bytes_.size(), fill(MutableByteSpan(bytes_), offset_)));
      if (!holds(amount, offset)) return false;
    }
    std::memcpy(out, bytes_.data() + (offset - offset_), amount);
    return true;
  }
  void forget() noexcept {
    bytes_.clear();
    next_ = -1;
  }

 private:
  static constexpr std::int64_t kAheadBytes = 256 * 1024;
  // A walk through a table steps over the pages of other tables that grew at the same time.
  static constexpr std::int64_t kGapBytes = 32 * 1024;

  [[nodiscard]] bool holds(std::size_t amount, std::int64_t offset) const noexcept {
    return offset >= offset_ && offset + static_cast<std::int64_t>(amount) <=
                                    offset_ + static_cast<std::int64_t>(bytes_.size());
  }

  Bytes bytes_;
  std::int64_t offset_ = 0;
  std::int64_t last_ = -1;  ///< Where the last read began.
  std::int64_t next_ = -1;  ///< Where it ended; -1: there was none.
};

}  // namespace valise
