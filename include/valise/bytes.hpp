#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace valise {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;
using MutableByteSpan = std::span<std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

using Bytes10 = ByteArray<10>;
using Bytes16 = ByteArray<16>;
using Bytes32 = ByteArray<32>;
using Bytes64 = ByteArray<64>;

/// The bytes of a text, without a copy; `text` must outlive the result.
[[nodiscard]] inline ByteSpan bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as text, unchanged and unchecked.
[[nodiscard]] inline std::string text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A fixed array from exactly N bytes; the caller has checked the size.
template <std::size_t N>
[[nodiscard]] ByteArray<N> array_of(ByteSpan bytes) noexcept {
  ByteArray<N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

template <std::size_t N>
[[nodiscard]] bool is_zero(const ByteArray<N>& bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

inline void append(Bytes& to, ByteSpan more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace valise
