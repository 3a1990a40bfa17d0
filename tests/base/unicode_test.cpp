#include "base/unicode.hpp"

#include <doctest/doctest.h>
#include <utf8proc.h>

#include <string>

#include "base/utf8.hpp"

using namespace valise;

namespace {

bool valid(std::string_view text) { return valid_utf8(bytes_of(text)); }

std::string encoded(std::int32_t code_point) {
  std::uint8_t bytes[4];
  return text_of({bytes, static_cast<std::size_t>(utf8proc_encode_char(code_point, bytes))});
}

}  // namespace

TEST_CASE("valid UTF-8 passes and each malformed kind does not") {
  CHECK(valid(""));
  CHECK(valid("plain"));
  CHECK(valid(std::string_view("a\0b", 3)));
  CHECK(valid("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xbc \xf4\x8f\xbf\xbf"));
  CHECK_FALSE(valid("\x80"));              // A continuation without a start.
  CHECK_FALSE(valid("\xc3"));              // Cut off.
  CHECK_FALSE(valid("\xe2\x82"));          // Cut off.
  CHECK_FALSE(valid("\xc0\xaf"));          // Overlong.
  CHECK_FALSE(valid("\xe0\x80\xaf"));      // Overlong.
  CHECK_FALSE(valid("\xf0\x80\x80\xaf"));  // Overlong.
  CHECK_FALSE(valid("\xed\xa0\x80"));      // A surrogate.
  CHECK_FALSE(valid("\xf4\x90\x80\x80"));  // Past the last plane.
  CHECK_FALSE(valid("\xff"));
  CHECK_FALSE(valid("a\xc3(b"));
}

TEST_CASE("every code point but the surrogates is valid and replaced by itself") {
  std::size_t wrong = 0;
  for (std::int32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    const std::string text = encoded(code_point);
    if (!valid(text) || replace_invalid_utf8(text) != text) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("two bytes of every kind: what is replaced is valid, and only what was not") {
  std::size_t wrong = 0;
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    const std::string text{'<', static_cast<char>(pair >> 8), static_cast<char>(pair & 0xff), '>'};
    const std::string replaced = replace_invalid_utf8(text);
    if (!valid(replaced) || (replaced == text) != valid(text)) ++wrong;
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

TEST_CASE("characters that could disguise a name are found") {
  for (const char* text : {"plain name.db", "\xc3\xa9t\xc3\xa9", "\xe5\x86\x99\xe7\x9c\x9f",
                           "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",  // Joined emoji.
                           "\xd9\x85\xe2\x80\x8c\xd8\xa7", ""}) {
    CAPTURE(text);
    CHECK_FALSE(has_control_characters(text));
  }
  for (const char* text :
       {"a\nb", "a\x1b[2J", "\x7f", "\xc2\x85",  // C0, DEL, C1.
        "\xe2\x80\xa8", "\xe2\x80\xa9",          // Line, paragraph.
        "txt.\xe2\x80\xae"
        "exe",  // Right-to-left override.
        "\xe2\x81\xa6", "\xef\xbb\xbf", "\xe2\x80\x8b\xe2\x81\xa0", "\xff", "cut \xe2\x82"}) {
    CAPTURE(text);
    CHECK(has_control_characters(text));
  }
  CHECK(has_control_characters(std::string_view("a\0b", 3)));
}

TEST_CASE("what is printable has no control characters") {
  std::size_t wrong = 0;
  for (std::int32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    const std::string text = encoded(code_point);
    // The stricter of the two rules knows every format character.
    if (!printable_utf8(text) && !has_control_characters(text)) ++wrong;
  }
  CHECK(wrong == 0);
}
