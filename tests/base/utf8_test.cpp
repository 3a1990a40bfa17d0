#include "base/utf8.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace valise {
namespace {

/// The UTF-8 form of a number, surrogates and all.
std::string encoded(std::uint32_t c) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | (c >> 6)), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("every Unicode scalar value is valid UTF-8, and nothing beyond") {
  std::size_t wrong = 0;
  for (std::uint32_t c = 0; c < 0x120000; ++c) {
    const bool scalar = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    if (valid_utf8(encoded(c)) != scalar) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("malformed UTF-8 is refused") {
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xe2\x82", "\xe2(\xa1", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x92",
        "\xf5\x80\x80\x80", "\xff", "ok\xc3", "a\xed\xa0\x80z"}) {
    CHECK_FALSE(valid_utf8(bad));
    CHECK_FALSE(printable_utf8(bad));
  }
  CHECK(valid_utf8(""));
}

TEST_CASE("control characters and direction marks are not printable") {
  for (const std::uint32_t c :
       {0x00U, 0x09U, 0x0aU, 0x1bU, 0x1fU, 0x7fU, 0x80U, 0x9bU, 0x9fU, 0x061cU, 0x200eU, 0x200fU,
        0x2028U, 0x2029U, 0x202aU, 0x202eU, 0x2066U, 0x2069U}) {
    CHECK(valid_utf8("a" + encoded(c)));
    CHECK_FALSE(printable_utf8("a" + encoded(c)));
  }
  for (const std::uint32_t c :
       {0x20U, 0x7eU, 0xa0U, 0x200dU, 0x2027U, 0x202fU, 0x2065U, 0x206aU, 0x1f600U, 0x10ffffU}) {
    CHECK(printable_utf8("a" + encoded(c)));
  }
}

}  // namespace valise
