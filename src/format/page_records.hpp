#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "format/manifest.hpp"
#include "format/zstd_frame.hpp"

namespace valise {

/// Page numbers are SQLite's: the first is 1. A list is strictly ascending.
using PageList = std::vector<std::uint32_t>;

inline constexpr std::uint32_t kPageSizeMin = 512;
inline constexpr std::uint32_t kPageSizeMax = 65536;
/// A group of full pages that is compressed as one frame, and the most one record may hold.
inline constexpr std::uint32_t kFullGroupBytes = 256 * 1024;
inline constexpr std::uint32_t kDeltaGroupBytes = kRecordPlainBytesMax;

/// The page that SQLite leaves out of every database over 1 GiB, because a lock stands on its
/// bytes (sqlite.org/fileformat.html section 1.4). It counts as zeros and stands in no list.
[[nodiscard]] constexpr std::uint32_t lock_page(std::uint32_t page_size) noexcept {
  return 0x40000000U / page_size + 1;
}
[[nodiscard]] constexpr bool valid_page_size(std::uint64_t page_size) noexcept {
  return page_size >= kPageSizeMin && page_size <= kPageSizeMax &&
         (page_size & (page_size - 1)) == 0;
}

/// h_i of one page. Format: formats/page_records.md.
[[nodiscard]] Bytes32 page_hash(ByteSpan page);

/// The page root, fed with h_1 .. h_N in ascending order.
class PageRoot {
 public:
  PageRoot(std::uint32_t page_size, std::uint32_t page_count);
  PageRoot(PageRoot&&) noexcept;
  PageRoot& operator=(PageRoot&&) noexcept;
  ~PageRoot();
  /// One or more hashes, 32 bytes each.
  void add(ByteSpan hashes);
  /// Once only; the number of hashes added is page_count.
  [[nodiscard]] Bytes32 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs as varints: for each run, the gap from the end of the last one and the length.
[[nodiscard]] Bytes encode_page_list(const PageList& pages);
/// Throws Error(corrupt) for a list that is empty, not ascending, holds a page over `page_count`
/// or more than `pages_max` pages. Nothing is allocated beyond pages_max entries.
[[nodiscard]] PageList decode_page_list(ByteSpan bytes, std::uint32_t page_count,
                                        std::size_t pages_max, std::string_view object);

/// Compresses page records. Holds zstd's working memory, so make one for each thread and keep it.
class PageCompressor {
 public:
  /// Payload of a record of kind `pages`: list_len || list || frame. `content` holds the pages of
  /// the list, in its order.
  [[nodiscard]] Bytes full(const PageList& pages, ByteSpan content);
  /// Payload of a record of kind `delta_pages`; `old_content` holds the parent's bytes of those
  /// pages of the list that existed in the parent, in the same order.
  [[nodiscard]] Bytes delta(const PageList& pages, ByteSpan content, ByteSpan old_content);

 private:
  [[nodiscard]] Bytes payload(const PageList& pages, ByteSpan content);

  FrameCompressor frames_;
};

/// A record's payload taken apart, not yet decompressed; `frame` points into the payload.
struct PageRecord {
  PageList pages;
  ByteSpan frame;
};

/// Throws Error(corrupt) unless the list fits `plain_bytes` (a multiple of page_size, at most
/// kRecordPlainBytesMax) exactly.
[[nodiscard]] PageRecord parse_page_record(ByteSpan payload, std::uint32_t page_size,
                                           std::uint32_t page_count, std::uint32_t plain_bytes,
                                           std::string_view object);

}  // namespace valise
