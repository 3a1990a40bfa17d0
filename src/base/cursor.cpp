#include "base/cursor.hpp"

#include "base/error.hpp"

namespace valise {
namespace {

template <typename T>
T little_endian(ByteSpan bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | (static_cast<T>(bytes[i]) << (8 * i)));
  }
  return value;
}

template <typename T>
void put_little_endian(Bytes& to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

}  // namespace

std::uint8_t ByteReader::u8() { return take(1)[0]; }
std::uint16_t ByteReader::u16() { return little_endian<std::uint16_t>(take(2)); }
std::uint32_t ByteReader::u32() { return little_endian<std::uint32_t>(take(4)); }
std::uint64_t ByteReader::u64() { return little_endian<std::uint64_t>(take(8)); }

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = u8();
    if (shift == 63 && byte > 1) fail("a number is longer than 64 bits");
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift > 0) fail("a number is not in its shortest form");
      return value;
    }
  }
  fail("a number is longer than 64 bits");
}

ByteSpan ByteReader::take(std::size_t count) {
  if (count > rest_.size()) fail("it ends too early");
  const ByteSpan taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

void ByteReader::expect(std::string_view text) {
  const ByteSpan taken = take(text.size());
  if (!std::equal(taken.begin(), taken.end(), bytes_of(text).begin())) {
    fail("it does not start with the expected mark");
  }
}

void ByteReader::expect_zero(std::size_t count) {
  for (const std::uint8_t byte : take(count)) {
    if (byte != 0) fail("reserved bytes are not zero");
  }
}

void ByteReader::expect_end() const {
  if (!rest_.empty()) fail("it is longer than it should be");
}

void ByteReader::fail(std::string_view why) const {
  throw Error(ErrorKind::corrupt, std::string(object_) + ": " + std::string(why));
}

ByteWriter& ByteWriter::u8(std::uint8_t value) {
  buffer_.push_back(value);
  return *this;
}

ByteWriter& ByteWriter::u16(std::uint16_t value) {
  put_little_endian(buffer_, value);
  return *this;
}

ByteWriter& ByteWriter::u32(std::uint32_t value) {
  put_little_endian(buffer_, value);
  return *this;
}

ByteWriter& ByteWriter::u64(std::uint64_t value) {
  put_little_endian(buffer_, value);
  return *this;
}

ByteWriter& ByteWriter::varint(std::uint64_t value) {
  while (value >= 0x80) {
    buffer_.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  buffer_.push_back(static_cast<std::uint8_t>(value));
  return *this;
}

ByteWriter& ByteWriter::bytes(ByteSpan more) {
  append(buffer_, more);
  return *this;
}

ByteWriter& ByteWriter::zero(std::size_t count) {
  buffer_.insert(buffer_.end(), count, 0);
  return *this;
}

}  // namespace valise
