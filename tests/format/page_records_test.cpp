#include "format/page_records.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/cursor.hpp"
#include "crypto/hash.hpp"
#include "format/page_record_samples.hpp"

namespace valise {
namespace {

using test::a_night_later;
using test::delta_sample;
using test::every_third;
using test::kObject;
using test::page_bytes;
using test::Sample;

PageList first_pages(std::size_t count) {
  PageList pages(count);
  for (std::size_t i = 0; i < count; ++i) pages[i] = static_cast<std::uint32_t>(i + 1);
  return pages;
}

Bytes read_record(const Sample& sample, ByteSpan payload, ByteSpan prefix) {
  const auto plain_bytes = static_cast<std::uint32_t>(sample.content.size());
  const PageRecord record =
      parse_page_record(payload, sample.page_size, sample.page_count, plain_bytes, kObject);
  CHECK(record.pages == sample.pages);
  Bytes out(plain_bytes);
  FrameDecompressor().run(record.frame, prefix, out, kObject);
  return out;
}

}  // namespace

TEST_CASE("full records come back for every page size") {
  std::mt19937_64 random(1);
  PageCompressor compressor;
  FrameDecompressor decompressor;
  for (std::uint32_t page_size = kPageSizeMin; page_size <= kPageSizeMax; page_size *= 2) {
    CAPTURE(page_size);
    for (const std::size_t count : {std::size_t{1}, std::size_t{kFullGroupBytes / page_size}}) {
      const PageList pages = every_third(count);
      const Bytes content = page_bytes(random, count * page_size);
      const Bytes payload = compressor.full(pages, content);
      const auto plain_bytes = static_cast<std::uint32_t>(content.size());
      const PageRecord record =
          parse_page_record(payload, page_size, pages.back(), plain_bytes, kObject);
      CHECK(record.pages == pages);
      Bytes out(content.size());
      decompressor.run(record.frame, {}, out, kObject);
      CHECK(out == content);
    }
  }
}

TEST_CASE("delta records come back for every page size, also at their greatest length") {
  std::mt19937_64 random(2);
  PageCompressor compressor;
  FrameDecompressor decompressor;
  for (std::uint32_t page_size = kPageSizeMin; page_size <= kPageSizeMax; page_size *= 2) {
    CAPTURE(page_size);
    for (const std::size_t count : {std::size_t{1}, std::size_t{kDeltaGroupBytes / page_size}}) {
      // The last tenth of the pages is new.
      const Bytes old_content = page_bytes(random, (count - count / 10) * page_size);
      Bytes content = a_night_later(old_content, random, page_size);
      append(content, page_bytes(random, count / 10 * page_size));
      const PageList pages = every_third(count);
      const Bytes payload = compressor.delta(pages, content, old_content);
      const auto plain_bytes = static_cast<std::uint32_t>(content.size());
      const PageRecord record =
          parse_page_record(payload, page_size, pages.back(), plain_bytes, kObject);
      Bytes out(content.size());
      decompressor.run(record.frame, old_content, out, kObject);
      CHECK(out == content);
    }
  }
}

TEST_CASE("a delta of 2,048 scattered pages costs little more than what changed in them") {
  const Sample sample = delta_sample(2048, 3);
  CHECK(sample.content.size() == kDeltaGroupBytes);
  CHECK(sample.payload.size() < sample.content.size() / 50);
  CHECK(read_record(sample, sample.payload, sample.old_content) == sample.content);
}

TEST_CASE("a delta of new pages only has an empty prefix") {
  std::mt19937_64 random(4);
  const Bytes content = page_bytes(random, 8 * 4096);
  const Bytes payload = PageCompressor().delta(first_pages(8), content, {});
  const PageRecord record = parse_page_record(payload, 4096, 8, 8 * 4096, kObject);
  Bytes out(content.size());
  FrameDecompressor().run(record.frame, {}, out, kObject);
  CHECK(out == content);
}

TEST_CASE("the same pages give the same bytes, whatever the compressor did before") {
  const Sample small = delta_sample(20, 5);
  const Sample large = delta_sample(2048, 6);
  PageCompressor compressor;
  const Bytes full = compressor.full(small.pages, small.content);
  for (int round = 0; round < 3; ++round) {
    CHECK(compressor.delta(large.pages, large.content, large.old_content) == large.payload);
    CHECK(compressor.full(small.pages, small.content) == full);
    CHECK(compressor.delta(small.pages, small.content, small.old_content) == small.payload);
  }
}

TEST_CASE("the page root is one hash over page size, page count and all hashes") {
  std::mt19937_64 random(15);
  const Bytes content = page_bytes(random, 5 * 512);
  Bytes hashes;
  for (std::size_t page = 0; page < 5; ++page) {
    append(hashes, page_hash(ByteSpan(content).subspan(page * 512, 512)));
  }
  CHECK(page_hash(ByteSpan(content).first(512)) ==
        bulk_hash("VL1.page", ByteSpan(content).first(512)));
  const Bytes32 expected = hash("VL1.pages", {ByteWriter().u32(512).u32(5).view(), hashes});
  PageRoot at_once(512, 5);
  at_once.add(hashes);
  CHECK(at_once.finish() == expected);
  PageRoot in_parts(512, 5);
  in_parts.add(ByteSpan(hashes).first(32));
  in_parts.add({});
  in_parts.add(ByteSpan(hashes).subspan(32));
  PageRoot moved = std::move(in_parts);
  CHECK(moved.finish() == expected);
  PageRoot of_an_empty_database(512, 0);
  CHECK(of_an_empty_database.finish() == hash("VL1.pages", {ByteWriter().u32(512).u32(0).view()}));
}

}  // namespace valise
