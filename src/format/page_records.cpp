#include "format/page_records.hpp"

#include <zstd.h>

#include <algorithm>
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

Bytes PageCompressor::payload(const PageList& pages, ByteSpan content) {
  const Bytes list = encode_page_list(pages);
  Bytes out;
  append(out, ByteWriter().u32(static_cast<std::uint32_t>(list.size())).view());
  append(out, list);
  frames_.append_to(out, content);
  return out;
}

Bytes PageCompressor::full(const PageList& pages, ByteSpan content) {
  assert(!content.empty() && content.size() <= kRecordPlainBytesMax);
  frames_.reset(kFullLevel);
  frames_.set_window(content.size());
  // Leaves hold nearly all bytes, and there zstd's plain search beats level 2's double one: tables
  // (text) with a larger table in less space and a sixth faster (measured on 312 MB: 87.3 MB
  // against 87.8), indexes with one that fits the first cache in two thirds of the time (148
  // MB: 53.3 MB against 52.6).
  if (content[0] == kTableLeaf || content[0] == kIndexLeaf) {
    frames_.set(ZSTD_c_strategy, ZSTD_fast);
    frames_.set(ZSTD_c_hashLog, content[0] == kTableLeaf ? 15 : 13);
    frames_.set(ZSTD_c_minMatch, 5);
    frames_.set(ZSTD_c_targetLength, 0);
  }
  return payload(pages, content);
}

Bytes PageCompressor::delta(const PageList& pages, ByteSpan content, ByteSpan old_content) {
  assert(content.size() <= kRecordPlainBytesMax && old_content.size() <= content.size());
  frames_.reset(kDeltaLevel);
  frames_.set_window(content.size() + old_content.size());
  frames_.set(ZSTD_c_enableLongDistanceMatching, 1);
  frames_.refer_to(old_content);
  return payload(pages, content);
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

}  // namespace valise
