#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace valise {

/// Reads little-endian fields from a span, front to back. Every read past the end throws
/// Error(corrupt) that names `object`; nothing is allocated before the length is known to be there.
/// Not thread-safe. The span and the name must outlive the reader.
class ByteReader {
 public:
  ByteReader(ByteSpan bytes, std::string_view object) : rest_(bytes), object_(object) {}

  [[nodiscard]] std::uint8_t u8();
  [[nodiscard]] std::uint16_t u16();
  [[nodiscard]] std::uint32_t u32();
  [[nodiscard]] std::uint64_t u64();
  /// LEB128, at most ten bytes, shortest form only.
  [[nodiscard]] std::uint64_t varint();
  [[nodiscard]] ByteSpan take(std::size_t count);
  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array() {
    return array_of<N>(take(N));
  }
  /// Throws unless the next `text.size()` bytes are exactly `text`.
  void expect(std::string_view text);
  /// Throws unless the next `count` bytes are zero.
  void expect_zero(std::size_t count);
  /// Throws unless every byte was read.
  void expect_end() const;
  [[nodiscard]] std::size_t remaining() const noexcept { return rest_.size(); }
  [[nodiscard]] ByteSpan rest() const noexcept { return rest_; }
  [[noreturn]] void fail(std::string_view why) const;

 private:
  ByteSpan rest_;
  std::string_view object_;
};

/// Appends little-endian fields to a buffer.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value);
  ByteWriter& u16(std::uint16_t value);
  ByteWriter& u32(std::uint32_t value);
  ByteWriter& u64(std::uint64_t value);
  ByteWriter& varint(std::uint64_t value);
  ByteWriter& bytes(ByteSpan more);
  ByteWriter& text(std::string_view more) { return bytes(bytes_of(more)); }
  ByteWriter& zero(std::size_t count);
  [[nodiscard]] ByteSpan view() const noexcept { return buffer_; }
  [[nodiscard]] std::size_t size() const noexcept { return buffer_.size(); }
  [[nodiscard]] Bytes take() { return std::move(buffer_); }

 private:
  Bytes buffer_;
};

}  // namespace valise
