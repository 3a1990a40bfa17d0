#include "base/hex.hpp"

#include <doctest/doctest.h>

namespace valise {

TEST_CASE("hex writes two lower-case digits for each byte and reads them back") {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
  const std::string text = hex(all);
  CHECK(text.substr(0, 8) == "00010203");
  CHECK(text.substr(504) == "fcfdfeff");
  CHECK(from_hex(text) == all);
  CHECK(hex({}).empty());
  CHECK(from_hex("") == Bytes{});
}

TEST_CASE("hex of an odd length, in upper case or with other characters is refused") {
  for (const char* bad : {"0", "abc", "AB", "aB", "0g", "0x", " 0", "0 ", "-1", "é"}) {
    CHECK_FALSE(from_hex(bad));
  }
  CHECK_FALSE(from_hex(std::string_view("0\0", 2)));
}

}  // namespace valise
