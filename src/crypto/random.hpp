#pragma once

#include "base/bytes.hpp"

namespace valise {

/// Fills with bytes from the system's generator (libsodium randombytes_buf). Thread-safe.
void fill_random(MutableByteSpan bytes) noexcept;

template <std::size_t N>
[[nodiscard]] ByteArray<N> random_array() noexcept {
  ByteArray<N> out{};
  fill_random(out);
  return out;
}

}  // namespace valise
