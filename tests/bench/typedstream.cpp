#include "typedstream.hpp"

#include <cstddef>
#include <string>

namespace valise::bench {

namespace {

using namespace std::string_view_literals;

constexpr auto kBeforeText =
    "\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08"
    "NSObject\x00\x85\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+"sv;
constexpr auto kBeforeLength = "\x86\x84\x02iI\x01"sv;
constexpr auto kAfterLength =
    "\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96\x96\x1d"
    "__kIMMessagePartAttributeName\x86\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x94"
    "\x84\x01*\x84\x99\x99\x00\x86\x86\x86"sv;

// Up to 127 in one byte; above, 0x81 and two bytes, little end first.
void append_number(std::size_t number, std::string& out) {
  if (number >= 0x80) {
    out.push_back('\x81');
    out.push_back(static_cast<char>(number & 0xffU));
    out.push_back(static_cast<char>(number >> 8U & 0xffU));
    return;
  }
  out.push_back(static_cast<char>(number));
}

// The length of a run counts UTF-16 units: every UTF-8 sequence of four bytes is two of them.
std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0U) != 0x80U) units += byte >= 0xf0U ? 2 : 1;
  }
  return units;
}

}  // namespace

void encode_attributed_body(std::string_view text, std::string& out) {
  out = kBeforeText;
  append_number(text.size(), out);
  out += text;
  out += kBeforeLength;
  append_number(utf16_units(text), out);
  out += kAfterLength;
}

}  // namespace valise::bench
