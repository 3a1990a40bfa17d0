#include "base/unicode.hpp"

#include <doctest/doctest.h>
#include <utf8proc.h>

#include <string>

#include "base/bytes.hpp"
#include "base/utf8.hpp"

using namespace valise;

namespace {

std::string encoded(std::int32_t code_point) {
  std::uint8_t bytes[4];
  return text_of({bytes, static_cast<std::size_t>(utf8proc_encode_char(code_point, bytes))});
}

}  // namespace

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

TEST_CASE("characters that are shown as nothing are found") {
  for (const char* text : {"", "plain name", "Zo\u00eb", "\u5c71\u7530\u3000\u592a\u90ce"}) {
    CAPTURE(text);
    CHECK_FALSE(has_invisible_characters(text));
  }
  for (const char* text : {"a\u034f", "\u180e", "a\u2063b", "\u3164", "\ufe0f", "\u200b", "\u200d",
                           "\u00ad", "\u115f", "\uffa0", "\xff"}) {
    CAPTURE(text);
    CHECK(has_invisible_characters(text));
  }
}

TEST_CASE("names that differ by nothing that matters are folded to the same") {
  for (const char* text :
       {"Zo\u00eb", "ZO\u00cb", "zoe\u0308", "\uff3ao\u00eb", "zo\u00eb\ufe0f"}) {
    CAPTURE(text);
    CHECK(folded(text) == "zo\u00eb");
  }
  CHECK(folded("zoe") != folded("zo\u00eb"));
  CHECK(folded("") == "");
  CHECK(folded("\xff") == "\xff");
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
