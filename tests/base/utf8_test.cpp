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

TEST_CASE("valid UTF-8 passes and each malformed kind does not") {
  CHECK(valid_utf8(""));
  CHECK(valid_utf8("plain"));
  CHECK(valid_utf8(std::string_view("a\0b", 3)));
  CHECK(valid_utf8("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xbc \xf4\x8f\xbf\xbf"));
  CHECK_FALSE(valid_utf8("\x80"));              // A continuation without a start.
  CHECK_FALSE(valid_utf8("\xc3"));              // Cut off.
  CHECK_FALSE(valid_utf8("\xe2\x82"));          // Cut off.
  CHECK_FALSE(valid_utf8("\xc0\xaf"));          // Overlong.
  CHECK_FALSE(valid_utf8("\xe0\x80\xaf"));      // Overlong.
  CHECK_FALSE(valid_utf8("\xf0\x80\x80\xaf"));  // Overlong.
  CHECK_FALSE(valid_utf8("\xed\xa0\x80"));      // A surrogate.
  CHECK_FALSE(valid_utf8("\xf4\x90\x80\x80"));  // Past the last plane.
  CHECK_FALSE(valid_utf8("\xff"));
  CHECK_FALSE(valid_utf8("a\xc3(b"));
}

TEST_CASE("every character is replaced by itself, and its number is known") {
  std::size_t wrong = 0;
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const std::string text = encoded(c);
    if (replace_invalid_utf8(text) != text || code_point_of(text) != c) ++wrong;
    if (utf8_length(text + "a") != text.size()) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("two bytes of every kind: what is replaced is valid, and only what was not") {
  std::size_t wrong = 0;
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    const std::string text{'<', static_cast<char>(pair >> 8), static_cast<char>(pair & 0xff), '>'};
    const std::string replaced = replace_invalid_utf8(text);
    if (!valid_utf8(replaced) || (replaced == text) != valid_utf8(text)) ++wrong;
    if (replaced.front() != '<' || replaced.back() != '>') ++wrong;
  }
  CHECK(wrong == 0);
}

// The table of Unicode 15, section 3.9 ("U+FFFD Substitution of Maximal Subparts", 3-8 to 3-11).
TEST_CASE("one mark of replacement stands for one malformed sequence") {
  const std::string mark = "\xef\xbf\xbd";
  const auto marks = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += mark;
    return text;
  };
  CHECK(replace_invalid_utf8("").empty());
  CHECK(replace_invalid_utf8("a\xffz") == "a" + mark + "z");
  CHECK(replace_invalid_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == marks(8) + "A");
  CHECK(replace_invalid_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == marks(8) + "A");
  CHECK(replace_invalid_utf8("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") ==
        marks(5) + "A" + marks(2) + "B");
  CHECK(replace_invalid_utf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == marks(4) + "A");
  CHECK(replace_invalid_utf8("\xe2\x82") == mark);
}

TEST_CASE("characters of every length are measured") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("é") == 2);
  CHECK(utf8_length("€") == 3);
  CHECK(utf8_length("😀") == 4);
  CHECK(utf8_length("") == 0);
}

TEST_CASE("overlong forms, surrogates, cut and too large characters are none") {
  CHECK(utf8_length("\xC0\xAF") == 0);
  CHECK(utf8_length("\xE0\x80\xAF") == 0);
  CHECK(utf8_length("\xF0\x80\x80\xAF") == 0);
  CHECK(utf8_length("\xED\xA0\x80") == 0);
  CHECK(utf8_length("\xF4\x90\x80\x80") == 0);
  CHECK(utf8_length("\xE2\x82") == 0);
  CHECK(utf8_length("\x80") == 0);
  CHECK_FALSE(valid_utf8("chat\xFF.db"));
  CHECK(valid_utf8("chat😀.db"));
}

}  // namespace valise
