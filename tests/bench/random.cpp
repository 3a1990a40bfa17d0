#include "random.hpp"

#include <algorithm>
#include <bit>

namespace valise::bench {

namespace {

std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

void append_hex(Random& random, std::size_t digits, std::string_view alphabet, std::string& out) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = random.next();
    out.push_back(alphabet[bits & 15U]);
    bits >>= 4U;
  }
}

}  // namespace

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = split_mix(seed);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint32_t Random::below(std::uint32_t limit) {
  return static_cast<std::uint32_t>(((next() >> 32U) * limit) >> 32U);
}

std::string Random::guid() {
  std::string out;
  out.reserve(36);
  append_hex(*this, 36, "0123456789ABCDEF", out);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) out[dash] = '-';
  out[14] = '4';
  return out;
}

std::string Random::hex(std::size_t digits) {
  std::string out;
  out.reserve(digits);
  append_hex(*this, digits, "0123456789abcdef", out);
  return out;
}

Zipf::Zipf(std::size_t ranks, double shift) {
  double total = 0;
  for (std::size_t k = 0; k < ranks; ++k) total += 1.0 / (static_cast<double>(k) + shift);
  double sum = 0;
  upper_bounds_.reserve(ranks);
  for (std::size_t k = 0; k < ranks; ++k) {
    sum += 1.0 / (static_cast<double>(k) + shift);
    upper_bounds_.push_back(static_cast<std::uint32_t>(sum / total * 4294967295.0));
  }
}

std::size_t Zipf::pick(Random& random) const {
  const auto drawn = static_cast<std::uint32_t>(random.next() >> 32U);
  const auto at = std::ranges::upper_bound(upper_bounds_, drawn);
  const auto rank = static_cast<std::size_t>(at - upper_bounds_.begin());
  return std::min(rank, upper_bounds_.size() - 1);
}

}  // namespace valise::bench
