#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/cursor.hpp"

namespace valise {

// The part of CBOR (RFC 8949) that the manifest uses: unsigned and signed integers, byte and text
// strings, and the heads of maps, all in the deterministic form of section 4.2.1. A reader of the
// whole of CBOR must recurse over what the input nests, strings of indefinite length included;
// this one walks along a schema that its caller knows, so no input makes it recurse or allocate.

/// Reads items in the order in which the schema has them. Anything else, and any head that is not
/// in its shortest form, throws Error(corrupt) naming `object`. The span and the name must outlive
/// the reader, and the span what it returns. Not thread-safe.
class CborReader {
 public:
  CborReader(ByteSpan bytes, std::string_view object) : reader_(bytes, object) {}

  /// The number of pairs that a map says it has.
  [[nodiscard]] std::uint64_t map();
  /// The next key of a map must be this one.
  void key(std::string_view name);
  /// True, and past the key, when the next item is this key; false where it is another or none.
  [[nodiscard]] bool optional_key(std::string_view name);
  [[nodiscard]] std::uint64_t unsigned_integer();
  [[nodiscard]] std::int64_t integer();
  [[nodiscard]] ByteSpan bytes();
  [[nodiscard]] std::string_view text();
  void expect_end() const { reader_.expect_end(); }
  [[noreturn]] void fail(std::string_view why) const { reader_.fail(why); }

 private:
  struct Head {
    std::uint8_t major = 0;
    std::uint64_t argument = 0;
  };
  [[nodiscard]] Head head();
  [[nodiscard]] std::uint64_t argument_of(std::uint8_t major, std::string_view what);

  ByteReader reader_;
};

/// Writes items one after the other; the caller brings a map's keys in their order.
class CborWriter {
 public:
  CborWriter& map(std::uint64_t pairs);
  CborWriter& unsigned_integer(std::uint64_t value);
  CborWriter& integer(std::int64_t value);
  CborWriter& bytes(ByteSpan value);
  CborWriter& text(std::string_view value);
  [[nodiscard]] Bytes take() { return writer_.take(); }

 private:
  CborWriter& head(std::uint8_t major, std::uint64_t argument);

  ByteWriter writer_;
};

}  // namespace valise
