#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace valise::bench {

/// A small generator whose numbers are the same on every machine, which the distributions of
/// `<random>` do not promise. xoshiro256** by Blackman and Vigna, seeded through SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next();
  /// A number in [0, limit); `limit` must not be 0. The bias of a plain multiplication
  /// (below limit / 2^32) does not matter to a sample history.
  std::uint32_t below(std::uint32_t limit);
  /// True `percent` times in a hundred.
  bool percent(std::uint32_t percent) { return below(100) < percent; }

  std::string guid();
  std::string hex(std::size_t digits);

 private:
  std::array<std::uint64_t, 4> state_{};
};

/// Picks ranks by Zipf's law: rank k with a weight of 1 / (k + shift).
/// A larger shift flattens the head.
class Zipf {
 public:
  Zipf(std::size_t ranks, double shift);
  [[nodiscard]] std::size_t pick(Random& random) const;

 private:
  std::vector<std::uint32_t> upper_bounds_;
};

}  // namespace valise::bench
