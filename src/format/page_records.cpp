#include "format/page_records.hpp"

#include <zstd.h>

#include <bit>
#include <cassert>
#include <string>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/hash.hpp"

namespace valise {
namespace {

// Levels measured on a 470 MB message history (formats/page_records.md, "Choices"): for whole
// pages level 3 gains 4 % at half the speed; for deltas level 19 gains a quarter at 20 times the
// time.
constexpr int kFullLevel = 2;
// The first byte of such a page (sqlite.org/fileformat.html section 1.6).
constexpr std::uint8_t kTableLeaf = 0x0d;
constexpr std::uint8_t kIndexLeaf = 0x0a;
constexpr int kDeltaLevel = 9;

// What old and new bytes of one record need, 8 MiB each. A frame that asks for more is refused.
constexpr std::uint64_t kFrameWindowBytesMax = 2ULL * kRecordPlainBytesMax;
constexpr unsigned kWindowLogMin = 10;  // ZSTD_WINDOWLOG_MIN, which zstd.h does not promise.

constexpr std::uint32_t kFrameMagic = 0xFD2FB528;  // RFC 8878 section 3.1.1.

[[noreturn]] void fail(std::string_view object, std::string_view why) {
  throw Error(ErrorKind::corrupt, std::string(object) + ": " + std::string(why));
}

void check(std::size_t code, const char* what) {
  if (ZSTD_isError(code) != 0U) {
    throw Error(ErrorKind::internal, std::string("zstd ") + what + ": " + ZSTD_getErrorName(code));
  }
}

/// The smallest window that spans `bytes`.
int window_log(std::uint64_t bytes) {
  const auto log = static_cast<unsigned>(std::bit_width(bytes > 1 ? bytes - 1 : 1));
  return static_cast<int>(std::max(log, kWindowLogMin));
}

/// Refuses what this format's frames never have (RFC 8878 section 3.1.1.1): a checksum (the AEAD
/// does that), a dictionary id, an unknown content size, a window over the limit. One-pass
/// decompression does not look at the window, hence the look at the header here.
void check_frame_header(ByteSpan frame, std::uint64_t out_bytes, std::string_view object) {
  ByteReader reader(frame, object);
  if (reader.u32() != kFrameMagic) reader.fail("its content is not a zstd frame");
  const std::uint8_t descriptor = reader.u8();
  const bool single_segment = (descriptor & 0x20) != 0;
  if ((descriptor & 0x1F) != 0)
    reader.fail("its zstd frame has a checksum, dictionary or unused bit");
  if (!single_segment) {
    const std::uint8_t window = reader.u8();
    const std::uint64_t base = 1ULL << (10 + (window >> 3));
    if (base + base / 8 * (window & 7) > kFrameWindowBytesMax) {
      reader.fail("its zstd frame asks for too large a window");
    }
  }
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != out_bytes) {
    reader.fail("its zstd frame does not state the length that its table row states");
  }
}

}  // namespace

Bytes32 page_hash(ByteSpan page) { return bulk_hash("VL1.page", page); }

struct PageRoot::State {
  Hasher hasher{"VL1.pages"};
  std::uint64_t bytes_missing = 0;
};

PageRoot::PageRoot(std::uint32_t page_size, std::uint32_t page_count)
    : state_(std::make_unique<State>()) {
  state_->bytes_missing = 32ULL * page_count;
  state_->hasher.update(ByteWriter().u32(page_size).u32(page_count).view());
}
PageRoot::PageRoot(PageRoot&&) noexcept = default;
PageRoot& PageRoot::operator=(PageRoot&&) noexcept = default;
PageRoot::~PageRoot() = default;

void PageRoot::add(ByteSpan hashes) {
  assert(hashes.size() % 32 == 0 && hashes.size() <= state_->bytes_missing);
  state_->bytes_missing -= hashes.size();
  state_->hasher.update(hashes);
}

Bytes32 PageRoot::finish() {
  assert(state_->bytes_missing == 0);
  return state_->hasher.finish();
}

Bytes encode_page_list(const PageList& pages) {
  assert(!pages.empty() && pages.front() >= 1);
  ByteWriter writer;
  std::uint64_t next = 1;  // The page after the last run.
  for (std::size_t start = 0; start < pages.size();) {
    std::size_t end = start + 1;
    while (end < pages.size() && pages[end] - pages[start] == end - start) ++end;
    assert(pages[start] >= next);
    writer.varint(pages[start] - next).varint(end - start);
    next = std::uint64_t{pages[start]} + (end - start);
    start = end;
  }
  return writer.take();
}

PageList decode_page_list(ByteSpan bytes, std::uint32_t page_count, std::size_t pages_max,
                          std::string_view object) {
  ByteReader reader(bytes, object);
  PageList pages;
  std::uint64_t next = 1;
  while (reader.remaining() > 0) {
    const std::uint64_t gap = reader.varint();
    const std::uint64_t length = reader.varint();
    if (length == 0) reader.fail("its page list has an empty run");
    // Two runs that touch would be a second way to write the same list.
    if (gap == 0 && !pages.empty()) reader.fail("its page list has two runs without a gap");
    if (length > pages_max - pages.size()) reader.fail("its page list is too long");
    // In this order, since the sums could overflow for a gap or a length near 2^64.
    if (gap > page_count || next + gap + length - 1 > page_count) {
      reader.fail("its page list names a page beyond the database's end");
    }
    next += gap;
    for (std::uint64_t i = 0; i < length; ++i) {
      pages.push_back(static_cast<std::uint32_t>(next++));
    }
  }
  if (pages.empty()) reader.fail("its page list is empty");
  return pages;
}

struct PageCompressor::State {
  struct Free {
    void operator()(ZSTD_CCtx* owned) const noexcept { ZSTD_freeCCtx(owned); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};

  void reset(int level) {
    check(ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters), "reset");
    set(ZSTD_c_compressionLevel, level);
  }
  void set(ZSTD_cParameter parameter, int value) {
    check(ZSTD_CCtx_setParameter(context.get(), parameter, value), "parameter");
  }

  /// In one pass, so that zstd keeps neither a window nor an output buffer of its own.
  Bytes payload(const PageList& pages, ByteSpan content) {
    // Not a vector, which would write zeros to 8 MiB of room of which a delta uses a hundredth.
    const std::size_t room = ZSTD_compressBound(content.size());
    const auto frame = std::make_unique_for_overwrite<std::uint8_t[]>(room);
    const std::size_t frame_bytes =
        ZSTD_compress2(context.get(), frame.get(), room, content.data(), content.size());
    check(frame_bytes, "compression");
    const Bytes list = encode_page_list(pages);
    Bytes out;
    out.reserve(4 + list.size() + frame_bytes);
    append(out, ByteWriter().u32(static_cast<std::uint32_t>(list.size())).view());
    append(out, list);
    append(out, {frame.get(), frame_bytes});
    return out;
  }
};

PageCompressor::PageCompressor() : state_(std::make_unique<State>()) {
  if (!state_->context) throw Error(ErrorKind::internal, "no memory for compression");
}
PageCompressor::PageCompressor(PageCompressor&&) noexcept = default;
PageCompressor& PageCompressor::operator=(PageCompressor&&) noexcept = default;
PageCompressor::~PageCompressor() = default;

Bytes PageCompressor::full(const PageList& pages, ByteSpan content) {
  assert(!content.empty() && content.size() <= kRecordPlainBytesMax);
  state_->reset(kFullLevel);
  state_->set(ZSTD_c_windowLog, window_log(content.size()));
  // Leaves hold nearly all bytes, and there zstd's plain search beats level 2's double one: tables
  // (text) with a larger table in less space and a sixth faster (measured on 312 MB: 87.3 MB
  // against 87.8), indexes with one that fits the first cache in two thirds of the time (148
  // MB: 53.3 MB against 52.6).
  if (content[0] == kTableLeaf || content[0] == kIndexLeaf) {
    state_->set(ZSTD_c_strategy, ZSTD_fast);
    state_->set(ZSTD_c_hashLog, content[0] == kTableLeaf ? 15 : 13);
    state_->set(ZSTD_c_minMatch, 5);
    state_->set(ZSTD_c_targetLength, 0);
  }
  return state_->payload(pages, content);
}

Bytes PageCompressor::delta(const PageList& pages, ByteSpan content, ByteSpan old_content) {
  assert(content.size() <= kRecordPlainBytesMax && old_content.size() <= content.size());
  state_->reset(kDeltaLevel);
  state_->set(ZSTD_c_windowLog, window_log(content.size() + old_content.size()));
  state_->set(ZSTD_c_enableLongDistanceMatching, 1);
  check(ZSTD_CCtx_refPrefix(state_->context.get(), old_content.data(), old_content.size()),
        "prefix");
  return state_->payload(pages, content);
}

PageRecord parse_page_record(ByteSpan payload, std::uint32_t page_size, std::uint32_t page_count,
                             std::uint32_t plain_bytes, std::string_view object) {
  ByteReader reader(payload, object);
  if (!valid_page_size(page_size)) reader.fail("its page size is not one that SQLite has");
  if (plain_bytes == 0 || plain_bytes % page_size != 0 || plain_bytes > kRecordPlainBytesMax) {
    reader.fail("its length is not a whole number of pages within the limit");
  }
  const std::uint32_t list_bytes = reader.u32();
  PageRecord record;
  const std::size_t pages_max = plain_bytes / page_size;
  record.pages = decode_page_list(reader.take(list_bytes), page_count, pages_max, object);
  if (record.pages.size() != pages_max) reader.fail("its page list is too short for its content");
  const std::uint32_t lock = lock_page(page_size);
  if (std::binary_search(record.pages.begin(), record.pages.end(), lock)) {
    reader.fail("its page list names the lock page, which no snapshot holds");
  }
  record.frame = reader.rest();
  return record;
}

struct PageDecompressor::State {
  struct Free {
    void operator()(ZSTD_DCtx* owned) const noexcept { ZSTD_freeDCtx(owned); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context{ZSTD_createDCtx()};
};

PageDecompressor::PageDecompressor() : state_(std::make_unique<State>()) {
  if (!state_->context) throw Error(ErrorKind::internal, "no memory for decompression");
}
PageDecompressor::PageDecompressor(PageDecompressor&&) noexcept = default;
PageDecompressor& PageDecompressor::operator=(PageDecompressor&&) noexcept = default;
PageDecompressor::~PageDecompressor() = default;

void PageDecompressor::run(ByteSpan frame, ByteSpan prefix, MutableByteSpan out,
                           std::string_view object) {
  check_frame_header(frame, out.size(), object);
  // A second frame, a skippable one or other bytes after the first would also decompress.
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    fail(object, "its content is not exactly one whole zstd frame");
  }
  ZSTD_DCtx* const context = state_->context.get();
  // Also after an error in the last call, whose prefix must not survive.
  check(ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters), "reset");
  check(ZSTD_DCtx_refPrefix(context, prefix.data(), prefix.size()), "prefix");
  const std::size_t written =
      ZSTD_decompressDCtx(context, out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) != 0U || written != out.size()) {
    fail(object, "its content does not decompress to what its table row states");
  }
}

}  // namespace valise
