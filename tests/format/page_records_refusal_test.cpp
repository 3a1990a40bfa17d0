#include <doctest/doctest.h>
#include <zstd.h>

#include <random>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/page_record_samples.hpp"
#include "format/page_records.hpp"

namespace valise {
namespace {

using test::delta_sample;
using test::every_third;
using test::kObject;
using test::page_bytes;
using test::Sample;

Bytes read_refused_record(const Sample& sample, ByteSpan payload, ByteSpan prefix) {
  const auto plain_bytes = static_cast<std::uint32_t>(sample.content.size());
  const PageRecord record =
      parse_page_record(payload, sample.page_size, sample.page_count, plain_bytes, kObject);
  Bytes out(plain_bytes);
  FrameDecompressor().run(record.frame, prefix, out, kObject);
  return out;
}

template <typename Action>
bool refused_as_corrupt(Action action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with(std::string(kObject) + ": "));
    return error.kind() == ErrorKind::corrupt;
  }
  return false;
}

bool frame_refused(ByteSpan frame, std::size_t out_bytes, ByteSpan prefix = {}) {
  Bytes out(out_bytes);
  return refused_as_corrupt([&] { FrameDecompressor().run(frame, prefix, out, kObject); });
}

bool record_refused(ByteSpan payload, std::uint32_t page_size, std::uint32_t page_count,
                    std::uint32_t plain_bytes) {
  return refused_as_corrupt([&] {
    static_cast<void>(parse_page_record(payload, page_size, page_count, plain_bytes, kObject));
  });
}

Bytes zstd_frame(ByteSpan content, std::initializer_list<std::pair<ZSTD_cParameter, int>> set) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  for (const auto& [parameter, value] : set) ZSTD_CCtx_setParameter(context, parameter, value);
  Bytes frame(ZSTD_compressBound(content.size()));
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), content.data(), content.size()));
  ZSTD_freeCCtx(context);
  return frame;
}

Bytes joined(ByteSpan a, ByteSpan b) {
  Bytes both(a.begin(), a.end());
  append(both, b);
  return both;
}

}  // namespace

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: a "
    "frame of another length than its row") {
  const Bytes zeros(8 * 1024 * 1024);
  const Bytes bomb = zstd_frame(zeros, {});
  CHECK(bomb.size() < 2000);
  CHECK(frame_refused(bomb, 4096));
  CHECK(frame_refused(bomb, zeros.size() - 4096));
  CHECK(frame_refused(bomb, zeros.size() + 4096));
  Bytes out(zeros.size(), 1);
  FrameDecompressor().run(bomb, {}, out, kObject);
  CHECK(out == zeros);
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: a "
    "frame that lies about its length") {
  const Bytes zeros(65536);
  Bytes frame = zstd_frame(zeros, {});
  // Magic, descriptor, and a size field of two bytes that holds the size less 256 (RFC 8878).
  REQUIRE((frame[4] >> 6) == 1);
  for (const std::size_t claimed : {256U, 4096U, 61440U, 65535U, 65537U, 65791U}) {
    CAPTURE(claimed);
    Bytes lie = frame;
    lie[5] = static_cast<std::uint8_t>(claimed - 256);
    lie[6] = static_cast<std::uint8_t>((claimed - 256) >> 8);
    REQUIRE(ZSTD_getFrameContentSize(lie.data(), lie.size()) == claimed);
    CHECK(frame_refused(lie, claimed));
    CHECK(frame_refused(lie, zeros.size()));
  }
}

TEST_CASE("a frame that is not exactly one plain zstd frame is refused") {
  std::mt19937_64 random(8);
  const Bytes content = page_bytes(random, 40 * 4096);
  const Bytes frame = zstd_frame(content, {});
  const Bytes half = zstd_frame(ByteSpan(content).first(20 * 4096), {});
  const Bytes skippable{0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
  CHECK_FALSE(frame_refused(frame, content.size()));
  CHECK(frame_refused({}, content.size()));
  CHECK(frame_refused(joined(frame, frame), content.size()));
  CHECK(frame_refused(joined(frame, frame), 2 * content.size()));
  CHECK(frame_refused(joined(half, half), content.size()));
  CHECK(frame_refused(joined(frame, skippable), content.size()));
  CHECK(frame_refused(joined(skippable, frame), content.size()));
  CHECK(frame_refused(joined(frame, Bytes{0}), content.size()));
  CHECK(frame_refused(joined(frame, zstd_frame({}, {})), content.size()));
  CHECK(frame_refused(content, content.size()));
  CHECK(frame_refused(zstd_frame(content, {{ZSTD_c_checksumFlag, 1}}), content.size()));
  CHECK(frame_refused(zstd_frame(content, {{ZSTD_c_contentSizeFlag, 0}}), content.size()));
  for (std::size_t size = 0; size < frame.size(); size += 1 + size / 8) {
    CHECK(frame_refused(ByteSpan(frame).first(size), content.size()));
  }
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: a "
    "window over the limit") {
  // A frame with a window descriptor: magic, descriptor (four-byte size), window, size, then one
  // run-length block of 4,096 zeros.
  const auto frame_with_window = [](std::uint8_t window) {
    ByteWriter writer;
    writer.u32(0xFD2FB528).u8(0x80).u8(window).u32(4096).u8(0x03).u8(0x80).u8(0x00).u8(0);
    return writer.take();
  };
  CHECK_FALSE(frame_refused(frame_with_window((24 - 10) << 3), 4096));
  CHECK_FALSE(frame_refused(frame_with_window(0), 4096));
  CHECK(frame_refused(frame_with_window(((24 - 10) << 3) | 1), 4096));
  CHECK(frame_refused(frame_with_window((25 - 10) << 3), 4096));
  CHECK(frame_refused(frame_with_window((31 - 10) << 3), 4096));
  CHECK(frame_refused(frame_with_window(0xFF), 4096));
}

TEST_CASE("a wrong prefix gives an error or other bytes, never the right ones") {
  const Sample sample = delta_sample(64, 9);
  std::mt19937_64 random(10);
  const Bytes other = page_bytes(random, sample.old_content.size());
  const ByteSpan old_content = sample.old_content;
  for (const ByteSpan prefix : {ByteSpan(other), ByteSpan(), old_content.first(4096),
                                old_content.subspan(4096), old_content.first(100)}) {
    try {
      const Bytes read = read_refused_record(sample, sample.payload, prefix);
      CHECK(read != sample.content);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::corrupt);
    }
  }
  CHECK(read_refused_record(sample, sample.payload, sample.old_content) == sample.content);
}

TEST_CASE("a decompressor works on after a refusal, without the refused record's prefix") {
  const Sample sample = delta_sample(64, 11);
  const PageRecord record =
      parse_page_record(sample.payload, sample.page_size, sample.page_count,
                        static_cast<std::uint32_t>(sample.content.size()), kObject);
  FrameDecompressor decompressor;
  Bytes out(sample.content.size());
  CHECK_THROWS_AS(decompressor.run(record.frame.first(50), sample.old_content, out, kObject),
                  Error);
  // Without its prefix the record does not decompress: nothing of the last call is left.
  CHECK_THROWS_AS(decompressor.run(record.frame, {}, out, kObject), Error);
  decompressor.run(record.frame, sample.old_content, out, kObject);
  CHECK(out == sample.content);
}

TEST_CASE("a record whose list and length disagree is refused") {
  std::mt19937_64 random(12);
  const Bytes payload = PageCompressor().full(every_third(10), page_bytes(random, 10 * 4096));
  CHECK_FALSE(record_refused(payload, 4096, 29, 10 * 4096));
  CHECK(record_refused(payload, 4096, 28, 10 * 4096));  // The last page is beyond the end.
  CHECK(record_refused(payload, 4096, 29, 9 * 4096));   // One page too many.
  CHECK(record_refused(payload, 4096, 29, 11 * 4096));  // One page too few.
  CHECK(record_refused(payload, 4096, 29, 10 * 4096 + 1));
  CHECK(record_refused(payload, 4096, 29, 0));
  CHECK(record_refused(payload, 8192, 29, 10 * 4096));
  for (const std::uint32_t page_size : {0U, 1U, 256U, 1000U, 4095U, 131072U, 0x80000000U}) {
    CHECK(record_refused(payload, page_size, 29, 10 * 4096));
  }
  CHECK(record_refused({}, 4096, 29, 10 * 4096));
  for (std::size_t size = 0; size < 4 + std::size_t{payload[0]}; ++size) {
    CHECK(record_refused(ByteSpan(payload).first(size), 4096, 29, 10 * 4096));
  }
  Bytes long_list = payload;
  for (std::size_t i = 0; i < 4; ++i) long_list[i] = 0xFF;
  CHECK(record_refused(long_list, 4096, 29, 10 * 4096));
  Bytes no_list = payload;
  no_list[0] = 0;
  CHECK(record_refused(no_list, 4096, 29, 10 * 4096));
}

TEST_CASE("a record over 8 MiB is refused") {
  ByteWriter writer;
  const Bytes list = encode_page_list(every_third(2049));
  writer.u32(static_cast<std::uint32_t>(list.size())).bytes(list);
  CHECK(record_refused(writer.view(), 4096, 10000, 2049 * 4096));
}

TEST_CASE("a record that names the lock page is refused") {
  for (std::uint32_t page_size = kPageSizeMin; page_size <= kPageSizeMax; page_size *= 2) {
    CAPTURE(page_size);
    const std::uint32_t lock = lock_page(page_size);
    CHECK((std::uint64_t{lock} - 1) * page_size == 1ULL << 30);
    const Bytes content(std::size_t{page_size} * 3);
    PageCompressor compressor;
    const std::uint32_t page_count = lock + 10;
    const auto plain_bytes = page_size * 3;
    CHECK(record_refused(compressor.full({lock - 1, lock, lock + 1}, content), page_size,
                         page_count, plain_bytes));
    CHECK_FALSE(record_refused(compressor.full({lock - 2, lock - 1, lock + 1}, content), page_size,
                               page_count, plain_bytes));
  }
}

TEST_CASE("damaged records give an error or other bytes, never a crash") {
  const Sample sample = delta_sample(16, 13);
  std::mt19937_64 random(14);
  const auto plain_bytes = static_cast<std::uint32_t>(sample.content.size());
  FrameDecompressor decompressor;
  Bytes out(plain_bytes);
  std::size_t refusals = 0;
  for (int round = 0; round < 5000; ++round) {
    Bytes payload = sample.payload;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
      payload[random() % payload.size()] = static_cast<std::uint8_t>(random());
    }
    if (random() % 8 == 0) payload.resize(random() % payload.size());
    try {
      const PageRecord record =
          parse_page_record(payload, sample.page_size, sample.page_count, plain_bytes, kObject);
      decompressor.run(record.frame, sample.old_content, out, kObject);
    } catch (const Error& error) {
      ++refusals;
      REQUIRE(error.kind() == ErrorKind::corrupt);
    }
  }
  CHECK(refusals > 500);
}

}  // namespace valise
