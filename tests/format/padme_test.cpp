#include "format/padme.hpp"

#include <doctest/doctest.h>

#include "format/golden.hpp"

namespace valise {

TEST_CASE("padme gives the lengths of the golden vector") {
  for (const auto& [length, padded] : test::golden()["padme"].items()) {
    CHECK(padme(std::stoull(length)) == padded.get<std::uint64_t>());
  }
}

TEST_CASE("padme never shortens, adds at most 12 percent and is stable") {
  CHECK(padme(0) == 0);
  std::uint64_t last = 0;
  std::size_t wrong = 0;
  for (std::uint64_t length = 1; length < 100'000; ++length) {
    const std::uint64_t padded = padme(length);
    const bool right = padded >= length && (padded - length) * 100 <= length * 12 &&
                       padme(padded) == padded && padded >= last;
    if (!right) ++wrong;
    last = padded;
  }
  CHECK(wrong == 0);
}

TEST_CASE("padme does not overflow at the largest lengths") {
  for (unsigned bit = 20; bit < 64; ++bit) {
    const std::uint64_t power = 1ULL << bit;
    CHECK(padme(power) == power);
    CHECK(padme(power - 1) == power);
    CHECK(padme(power + 1) > power);
  }
  CHECK(padme(~0ULL) == ~0ULL);
}

}  // namespace valise
