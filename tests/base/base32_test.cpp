#include "base/base32.hpp"

#include <doctest/doctest.h>

#include <random>

namespace valise {
namespace {

std::string encoded(ByteSpan bytes) {
  Bytes text(base32_length(bytes.size()));
  base32_encode(text, bytes);
  return text_of(text);
}

}  // namespace

TEST_CASE("base32 uses Crockford's alphabet, most significant bit first") {
  CHECK(encoded(Bytes{0}) == "00");
  CHECK(encoded(Bytes{0xff}) == "ZW");
  // The 32 values one after the other, five bits each.
  CHECK(encoded(Bytes{0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf,
                      0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf}) ==
        "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
}

TEST_CASE("base32 reads back what it wrote, at every length") {
  std::mt19937 random(7);
  for (std::size_t length = 0; length < 60; ++length) {
    Bytes bytes(length);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const std::string text = encoded(bytes);
    Bytes back(length, 0xee);
    CHECK(base32_decode(back, bytes_of(text)));
    CHECK(back == bytes);
  }
}

TEST_CASE("base32 reads any case, O as 0, I and L as 1, and nothing else") {
  CHECK(base32_value('o') == 0);
  CHECK(base32_value('O') == 0);
  for (const std::uint8_t one : Bytes{'1', 'i', 'I', 'l', 'L'}) CHECK(base32_value(one) == 1);
  CHECK(base32_value('z') == 31);
  std::size_t known = 0;
  for (int c = 0; c < 256; ++c) {
    if (base32_value(static_cast<std::uint8_t>(c))) ++known;
  }
  CHECK(known == 10 + 2 * 25);  // Digits and all letters but U, in both cases.
  Bytes out(1);
  CHECK_FALSE(base32_decode(out, bytes_of("0U")));
}

TEST_CASE("base32 refuses bits that no byte takes") {
  Bytes one(1);
  CHECK(base32_decode(one, bytes_of("ZW")));
  CHECK_FALSE(base32_decode(one, bytes_of("ZX")));
  CHECK_FALSE(base32_decode(one, bytes_of("ZWZZ")));
  CHECK(base32_decode(one, bytes_of("ZW00")));
  Bytes three(3, 0xee);
  CHECK(base32_decode(three, bytes_of("ZW")));
  CHECK(three == Bytes{0xff, 0, 0});
}

TEST_CASE("base32 separators are white space and hyphens") {
  std::size_t count = 0;
  for (int c = 0; c < 256; ++c) {
    if (base32_separator(static_cast<std::uint8_t>(c))) ++count;
  }
  CHECK(count == 7);
  for (const std::uint8_t c : Bytes{' ', '-', '\t', '\n', '\r'}) CHECK(base32_separator(c));
}

}  // namespace valise
