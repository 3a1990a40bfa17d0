#include "cli/utf8.hpp"

#include <doctest/doctest.h>

namespace valise::cli {

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
  CHECK(printable("\uFEFFa") == "\uFFFDa");
  INFO("one mark for a character that was cut");
  CHECK(printable("\xE2\x82z") == "\uFFFDz");
}

TEST_CASE("columns count characters and not bytes") { CHECK(columns("Zoë€") == 4); }

}  // namespace valise::cli
