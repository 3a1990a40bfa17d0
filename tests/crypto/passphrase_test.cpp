#include "crypto/passphrase.hpp"

#include <doctest/doctest.h>
#include <utf8proc.h>

#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "support/error_kind.hpp"

using namespace valise;
using namespace valise::test;

namespace {

std::string normalized(std::string_view typed) {
  return text_of(normalize_passphrase(bytes_of(typed)).view());
}

std::string refusal(std::string_view typed) {
  const auto run = [&] { static_cast<void>(normalize_passphrase(bytes_of(typed))); };
  return kind_of(run) == ErrorKind::usage ? message_of(run) : "(accepted)";
}

}  // namespace

TEST_CASE("a passphrase is the same whichever way its characters were typed") {
  CHECK(normalized("correct horse battery staple") == "correct horse battery staple");
  CHECK(normalized("caf\x65\xcc\x81") == "caf\xc3\xa9");
  CHECK(normalized("caf\xc3\xa9") == "caf\xc3\xa9");
  // Two marks in either order.
  CHECK(normalized("a\xcc\xa3\xcc\x82") == normalized("a\xcc\x82\xcc\xa3"));
  // Hangul from its letters.
  CHECK(normalized("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab") == "\xed\x95\x9c");
  CHECK(normalized("\xf0\x9f\x92\xbc") == "\xf0\x9f\x92\xbc");
}

TEST_CASE("nothing but the normal form is changed in a passphrase") {
  for (const char* typed : {" spaces kept ", "UPPER lower", "\xef\xac\x81",  // The ligature fi.
                            "tab\tand\nline", "\xc2\xa0"}) {
    CHECK(normalized(typed) == typed);
  }
  CHECK(normalized(std::string_view("a\0b", 3)) == std::string_view("a\0b", 3));
}

TEST_CASE(
    "normalisation agrees with the library's own on every character, behind and before others") {
  std::size_t different = 0;
  for (std::int32_t code_point = 1; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    // Beyond the assigned planes a sample does.
    if (code_point >= 0x30000 && code_point % 251 != 0) continue;
    std::uint8_t bytes[4];
    const auto size = static_cast<std::size_t>(utf8proc_encode_char(code_point, bytes));
    std::string typed = "e\xcc\x81";
    typed.append(text_of({bytes, size})).append("\xcc\xa3o");
    auto* expected = utf8proc_NFC(reinterpret_cast<const std::uint8_t*>(typed.c_str()));
    // The pages of a Secret cost system calls: only what the library changes, and a sample.
    const std::string normal = reinterpret_cast<const char*>(expected);
    std::free(expected);
    if (code_point % 16 != 0 && normal == "\xc3\xa9" + typed.substr(3)) continue;
    if (normalized(typed) != normal) ++different;
  }
  CHECK(different == 0);
}

TEST_CASE("a passphrase that is empty, too long or not UTF-8 is refused without being shown") {
  CHECK(refusal("") == "the passphrase is empty");
  CHECK(refusal("hunter\xff") == "the passphrase is not valid UTF-8");
  CHECK(refusal("\xed\xa0\x80") == "the passphrase is not valid UTF-8");
  CHECK(refusal("cut \xe2\x82") == "the passphrase is not valid UTF-8");
  CHECK(normalized(std::string(1024, 'x')).size() == 1024);
  CHECK(refusal(std::string(1025, 'x')) == "the passphrase is longer than 1,024 bytes");
}

TEST_CASE("a passphrase that grows in the normal form is kept whole") {
  // U+1D15E is excluded from composition: 4 bytes become 8. U+0390 stays.
  std::string typed;
  for (int i = 0; i < 256; ++i) typed += "\xf0\x9d\x85\x9e";
  CHECK(normalized(typed).size() == 2048);
}
