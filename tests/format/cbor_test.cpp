#include "format/cbor.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.hpp"
#include "base/hex.hpp"

namespace valise {
namespace {

Bytes unhex(std::string_view text) { return from_hex(text).value(); }

template <typename Read>
bool refused(std::string_view cbor, Read read) {
  const Bytes bytes = unhex(cbor);
  CborReader reader(bytes, "thing");
  try {
    read(reader);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::corrupt;
  }
  return false;
}

}  // namespace

// RFC 8949 appendix A, as far as it has the types that are used here.
TEST_CASE("CBOR integers are those of the RFC's examples") {
  const std::vector<std::pair<std::uint64_t, std::string_view>> examples{
      {0, "00"},
      {1, "01"},
      {10, "0a"},
      {23, "17"},
      {24, "1818"},
      {25, "1819"},
      {100, "1864"},
      {1000, "1903e8"},
      {1000000, "1a000f4240"},
      {1000000000000, "1b000000e8d4a51000"},
      {18446744073709551615ULL, "1bffffffffffffffff"}};
  for (const auto& [value, text] : examples) {
    const Bytes expected = unhex(text);
    CHECK(CborWriter().unsigned_integer(value).take() == expected);
    CborReader reader(expected, "thing");
    CHECK(reader.unsigned_integer() == value);
    reader.expect_end();
  }
  const std::vector<std::pair<std::int64_t, std::string_view>> signed_examples{
      {0, "00"},
      {1000, "1903e8"},
      {-1, "20"},
      {-10, "29"},
      {-100, "3863"},
      {-1000, "3903e7"},
      {std::numeric_limits<std::int64_t>::max(), "1b7fffffffffffffff"},
      {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"}};
  for (const auto& [value, text] : signed_examples) {
    const Bytes expected = unhex(text);
    CHECK(CborWriter().integer(value).take() == expected);
    CborReader reader(expected, "thing");
    CHECK(reader.integer() == value);
    reader.expect_end();
  }
}

TEST_CASE("CBOR strings and maps are those of the RFC's examples") {
  CHECK(CborWriter().bytes({}).take() == unhex("40"));
  CHECK(CborWriter().bytes(unhex("01020304")).take() == unhex("4401020304"));
  CHECK(CborWriter().text("").take() == unhex("60"));
  CHECK(CborWriter().text("IETF").take() == unhex("6449455446"));
  CHECK(CborWriter().text("\"\\").take() == unhex("62225c"));
  CHECK(CborWriter().map(0).take() == unhex("a0"));
  CborWriter writer;
  writer.map(2).text("a").text("A").text("b").text("B");
  const Bytes bytes = writer.take();
  CHECK(bytes == unhex("a26161614161626142"));
  CborReader reader(bytes, "thing");
  CHECK(reader.map() == 2);
  CHECK_FALSE(reader.optional_key("b"));
  CHECK_FALSE(reader.optional_key("ab"));
  reader.key("a");
  CHECK(reader.text() == "A");
  CHECK(reader.optional_key("b"));
  CHECK(reader.text() == "B");
  CHECK_FALSE(reader.optional_key("c"));
  reader.expect_end();
}

TEST_CASE("CBOR long strings have the shortest head") {
  for (const std::size_t size : {23U, 24U, 255U, 256U, 65535U, 65536U}) {
    const Bytes content(size, 7);
    const Bytes bytes = CborWriter().bytes(content).take();
    CHECK(bytes.size() == size + (size < 24 ? 1 : size < 256 ? 2 : size < 65536 ? 3 : 5));
    CborReader reader(bytes, "thing");
    CHECK(std::ranges::equal(reader.bytes(), content));
  }
}

TEST_CASE("CBOR that is not deterministic, or of another type, is refused") {
  const auto unsigned_integer = [](CborReader& r) { static_cast<void>(r.unsigned_integer()); };
  const auto integer = [](CborReader& r) { static_cast<void>(r.integer()); };
  const auto bytes = [](CborReader& r) { static_cast<void>(r.bytes()); };
  const auto text = [](CborReader& r) { static_cast<void>(r.text()); };
  const auto map = [](CborReader& r) { static_cast<void>(r.map()); };
  for (const char* longer : {"1817", "190017", "1900ff", "1a0000ffff", "1b00000000ffffffff"}) {
    CHECK(refused(longer, unsigned_integer));
    CHECK(refused(longer, integer));
  }
  for (const char* other : {"", "18", "1903", "1c", "1d", "1e", "1f", "20", "40", "60", "80", "a0",
                            "c001", "f4", "f6", "f97e00", "fb3ff0000000000000", "ff"}) {
    CHECK(refused(other, unsigned_integer));
  }
  CHECK(refused("1b8000000000000000", integer));
  CHECK(refused("3b8000000000000000", integer));
  CHECK(refused("3803", integer));
  for (const char* other : {"5f4101ff", "5f", "5801", "58", "41", "5bffffffffffffffff",
                            "5b8000000000000000", "5affffffff", "6161", "80"}) {
    CHECK(refused(other, bytes));
  }
  for (const char* other :
       {"7f6161ff", "7f7f7fffffff", "7801", "61", "7bffffffffffffffff", "4161"}) {
    CHECK(refused(other, text));
  }
  for (const char* other : {"bf", "b800", "bb0000000000000001", "80", "d9d9f7a0"}) {
    CHECK(refused(other, map));
  }
}

}  // namespace valise
