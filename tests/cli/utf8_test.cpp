#include "cli/utf8.hpp"

#include <doctest/doctest.h>

namespace valise::cli {

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

TEST_CASE("a name is cut between characters") {
  CHECK(cut_utf8("höhle", 2) == "h");
  CHECK(cut_utf8("höhle", 3) == "hö");
  CHECK(cut_utf8("ab", 32) == "ab");
  CHECK(cut_utf8("a\xFF"
                 "b",
                 32) == "a");
}

TEST_CASE("what could steer a terminal is replaced") {
  CHECK(printable("chat\x1B[31m.db") == "chat\uFFFD[31m.db");
  CHECK(printable("a\nb\tc\x7F") == "a\uFFFDb\uFFFDc\uFFFD");
  // U+202E turns the direction of what follows: "bd.exe" for "exe.db".
  CHECK(printable("\u202Ebd.exe") == "\uFFFDbd.exe");
  CHECK(printable("\u009B31m") == "\uFFFD31m");
  CHECK(printable("Ünïcode €😀") == "Ünïcode €😀");
  CHECK(printable("\xFFz") == "\uFFFDz");
  CHECK(replace_invalid("a\x1B\xFF") == "a\x1B\uFFFD");
}

TEST_CASE("columns count characters and not bytes") { CHECK(columns("Zoë€") == 4); }

}  // namespace valise::cli
