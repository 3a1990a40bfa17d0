#include "format/padme.hpp"

#include <bit>

namespace valise {

std::uint64_t padme(std::uint64_t length) noexcept {
  if (length < 2) return length;
  // With e = floor(log2 length), s = floor(log2 e) + 1, the last e - s bits are rounded up.
  const auto e = static_cast<unsigned>(std::bit_width(length)) - 1;
  const auto s = static_cast<unsigned>(std::bit_width(e));
  if (s >= e) return length;
  const std::uint64_t mask = (1ULL << (e - s)) - 1;
  // Near 2^64 there is no longer length to pad to.
  if (length > ~mask) return length;
  return (length + mask) & ~mask;
}

}  // namespace valise
