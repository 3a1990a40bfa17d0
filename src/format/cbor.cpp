#include "format/cbor.hpp"

#include <limits>
#include <string>

namespace valise {
namespace {

// Major types, RFC 8949 section 3.1.
constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kBytes = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kMap = 5;

constexpr std::uint64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

/// How many bytes follow the head's first one, in the shortest form.
unsigned argument_bytes(std::uint64_t argument) {
  if (argument < 24) return 0;
  if (argument <= 0xFF) return 1;
  if (argument <= 0xFFFF) return 2;
  return argument <= 0xFFFFFFFF ? 4 : 8;
}

}  // namespace

CborReader::Head CborReader::head() {
  const std::uint8_t first = reader_.u8();
  const std::uint8_t low = first & 0x1F;
  Head head{static_cast<std::uint8_t>(first >> 5), low};
  if (low < 24) return head;
  if (low > 27) reader_.fail("it has an item of indefinite or reserved length");
  const unsigned count = 1U << (low - 24);
  head.argument = 0;
  for (const std::uint8_t byte : reader_.take(count)) head.argument = head.argument << 8 | byte;
  if (argument_bytes(head.argument) != count) reader_.fail("a number is not in its shortest form");
  return head;
}

std::uint64_t CborReader::argument_of(std::uint8_t major, std::string_view what) {
  const Head read = head();
  if (read.major != major)
    reader_.fail(std::string("it has something else instead of ").append(what));
  return read.argument;
}

std::uint64_t CborReader::map() { return argument_of(kMap, "a map"); }

std::uint64_t CborReader::unsigned_integer() { return argument_of(kUnsigned, "a number"); }

std::int64_t CborReader::integer() {
  const Head read = head();
  if (read.major > kNegative) reader_.fail("it has something else instead of a number");
  if (read.argument > kInt64Max) reader_.fail("a number does not fit 64 bits");
  const auto value = static_cast<std::int64_t>(read.argument);
  return read.major == kNegative ? -1 - value : value;
}

ByteSpan CborReader::bytes() {
  const std::uint64_t size = argument_of(kBytes, "a byte string");
  if (size > reader_.remaining()) reader_.fail("it ends inside a byte string");
  return reader_.take(static_cast<std::size_t>(size));
}

std::string_view CborReader::text() {
  const std::uint64_t size = argument_of(kText, "a text");
  if (size > reader_.remaining()) reader_.fail("it ends inside a text");
  const ByteSpan taken = reader_.take(static_cast<std::size_t>(size));
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

void CborReader::key(std::string_view name) {
  if (text() != name) reader_.fail(std::string("it lacks the key ").append(name));
}

bool CborReader::optional_key(std::string_view name) {
  const ByteReader before = reader_;
  if (reader_.remaining() > 0) {
    const Head read = head();
    if (read.major == kText && read.argument == name.size() && reader_.remaining() >= name.size() &&
        text_of(reader_.take(name.size())) == name) {
      return true;
    }
  }
  reader_ = before;
  return false;
}

CborWriter& CborWriter::head(std::uint8_t major, std::uint64_t argument) {
  const auto type = static_cast<std::uint8_t>(major << 5);
  const unsigned count = argument_bytes(argument);
  if (count == 0) {
    writer_.u8(static_cast<std::uint8_t>(type | argument));
    return *this;
  }
  const unsigned log = count == 1 ? 0 : count == 2 ? 1 : count == 4 ? 2 : 3;
  writer_.u8(static_cast<std::uint8_t>(type | (24 + log)));
  for (unsigned i = count; i > 0; --i) {
    writer_.u8(static_cast<std::uint8_t>(argument >> (8 * (i - 1))));
  }
  return *this;
}

CborWriter& CborWriter::map(std::uint64_t pairs) { return head(kMap, pairs); }

CborWriter& CborWriter::unsigned_integer(std::uint64_t value) { return head(kUnsigned, value); }

CborWriter& CborWriter::integer(std::int64_t value) {
  // -1 - value cannot overflow for a negative value.
  return value < 0 ? head(kNegative, static_cast<std::uint64_t>(-1 - value))
                   : head(kUnsigned, static_cast<std::uint64_t>(value));
}

CborWriter& CborWriter::bytes(ByteSpan value) {
  head(kBytes, value.size());
  writer_.bytes(value);
  return *this;
}

CborWriter& CborWriter::text(std::string_view value) {
  head(kText, value.size());
  writer_.text(value);
  return *this;
}

}  // namespace valise
