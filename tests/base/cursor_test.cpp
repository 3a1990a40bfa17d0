#include "base/cursor.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.hpp"
#include "support/error_kind.hpp"

using namespace valise;
using namespace valise::test;

namespace {

Bytes varint_of(std::uint64_t value) { return ByteWriter().varint(value).take(); }

std::optional<ErrorKind> varint_error(const Bytes& bytes) {
  return kind_of([&] {
    ByteReader reader(bytes, "object");
    static_cast<void>(reader.varint());
  });
}

}  // namespace

TEST_CASE("fields are little-endian and read back in order") {
  const Bytes bytes = ByteWriter()
                          .u8(0x01)
                          .u16(0x0203)
                          .u32(0x04050607)
                          .u64(0x08090a0b0c0d0e0f)
                          .text("abc")
                          .zero(2)
                          .bytes(Bytes{9, 8})
                          .take();
  CHECK(bytes == Bytes{1,    3,    2, 7, 6,   5,   4,   0x0f, 0x0e, 0x0d, 0x0c,
                       0x0b, 0x0a, 9, 8, 'a', 'b', 'c', 0,    0,    9,    8});
  ByteReader reader(bytes, "object");
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.u64() == 0x08090a0b0c0d0e0f);
  reader.expect("abc");
  reader.expect_zero(2);
  CHECK(reader.array<2>() == ByteArray<2>{9, 8});
  reader.expect_end();
  CHECK(reader.remaining() == 0);
}

TEST_CASE("every field refuses to be read past the end and leaves what is there") {
  const Bytes bytes{1, 2, 3};
  const auto error_of = [&](auto read) {
    ByteReader reader(bytes, "object");
    return kind_of([&] { read(reader); });
  };
  CHECK(error_of([](ByteReader& r) { static_cast<void>(r.u32()); }) == ErrorKind::corrupt);
  CHECK(error_of([](ByteReader& r) { static_cast<void>(r.u64()); }) == ErrorKind::corrupt);
  CHECK(error_of([](ByteReader& r) { static_cast<void>(r.take(4)); }) == ErrorKind::corrupt);
  CHECK(error_of([](ByteReader& r) { static_cast<void>(r.array<4>()); }) == ErrorKind::corrupt);
  CHECK(error_of([](ByteReader& r) { r.expect_zero(4); }) == ErrorKind::corrupt);
  CHECK(error_of([](ByteReader& r) { r.expect("\x01\x02\x03\x04"); }) == ErrorKind::corrupt);
  CHECK(error_of([](ByteReader& r) {
          static_cast<void>(r.take(std::numeric_limits<std::size_t>::max()));
        }) == ErrorKind::corrupt);
  CHECK_FALSE(error_of([](ByteReader& r) { static_cast<void>(r.take(3)); }));

  ByteReader empty({}, "object");
  CHECK(kind_of([&] { static_cast<void>(empty.u8()); }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { static_cast<void>(empty.u16()); }) == ErrorKind::corrupt);
  empty.expect_end();
  CHECK(empty.take(0).empty());
}

TEST_CASE("errors name the object") {
  ByteReader reader({}, "backups/1.valise");
  CHECK(message_of([&] { static_cast<void>(reader.u8()); }).find("backups/1.valise") !=
        std::string::npos);
  CHECK(message_of([&] { reader.fail("is odd"); }).find("is odd") != std::string::npos);
}

TEST_CASE("expectations refuse anything else") {
  const Bytes bytes{0, 0, 1, 'x'};
  ByteReader reader(bytes, "object");
  CHECK(kind_of([&] { reader.expect_end(); }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { reader.expect_zero(3); }) == ErrorKind::corrupt);
  ByteReader text(ByteSpan(bytes).subspan(3), "object");
  CHECK(kind_of([&] { text.expect("y"); }) == ErrorKind::corrupt);
}

TEST_CASE("varints at every edge read back in the shortest form") {
  CHECK(varint_of(0) == Bytes{0});
  CHECK(varint_of(127) == Bytes{0x7f});
  CHECK(varint_of(128) == Bytes{0x80, 0x01});
  CHECK(varint_of(std::numeric_limits<std::uint64_t>::max()) ==
        Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01});
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(1ULL << bit) - 1, 1ULL << bit, (1ULL << bit) + 1}) {
      const Bytes bytes = varint_of(value);
      ByteReader reader(bytes, "object");
      CHECK(reader.varint() == value);
      reader.expect_end();
    }
  }
}

TEST_CASE("a varint that is cut off, too long, too large or not the shortest is refused") {
  CHECK(varint_error({}) == ErrorKind::corrupt);
  CHECK(varint_error({0x80}) == ErrorKind::corrupt);
  CHECK(varint_error({0xff, 0xff, 0xff}) == ErrorKind::corrupt);
  CHECK(varint_error({0x80, 0x00}) == ErrorKind::corrupt);
  CHECK(varint_error({0xff, 0x00}) == ErrorKind::corrupt);
  Bytes ten(9, 0xff);
  ten.push_back(0x01);
  CHECK_FALSE(varint_error(ten));
  ten.back() = 0x02;  // The 65th bit.
  CHECK(varint_error(ten) == ErrorKind::corrupt);
  ten.back() = 0x81;  // An eleventh byte.
  ten.push_back(0x00);
  CHECK(varint_error(ten) == ErrorKind::corrupt);
  CHECK(varint_error(Bytes(100, 0x80)) == ErrorKind::corrupt);
}
