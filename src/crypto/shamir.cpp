#include "crypto/shamir.hpp"

#include <cassert>

#include "base/error.hpp"

namespace valise {
namespace {

// Branch-free, without tables: the operands are secret.
std::uint8_t gf_multiply(std::uint8_t a, std::uint8_t b) noexcept {
  unsigned product = 0;
  unsigned x = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= x & (0U - ((static_cast<unsigned>(b) >> bit) & 1U));
    x = (x << 1) ^ (0x11bU & (0U - ((x >> 7) & 1U)));
  }
  return static_cast<std::uint8_t>(product);
}

// a^254 = a^-1 for every a but zero.
std::uint8_t gf_inverse(std::uint8_t a) noexcept {
  std::uint8_t power = a;
  std::uint8_t result = 1;
  for (int bit = 1; bit < 8; ++bit) {
    power = gf_multiply(power, power);
    result = gf_multiply(result, power);
  }
  return result;
}

void check(std::span<const ShamirShare> shares) {
  if (shares.empty()) throw Error(ErrorKind::wrong_key, "no share of the key was given");
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].x == 0) throw Error(ErrorKind::wrong_key, "a share has the number 0");
    if (shares[i].y.size() != shares[0].y.size()) {
      throw Error(ErrorKind::wrong_key, "the shares have different lengths");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (shares[i].x == shares[j].x) {
        throw Error(ErrorKind::wrong_key,
                    "share " + std::to_string(shares[i].x) + " was given twice");
      }
    }
  }
}

}  // namespace

Secret shamir_share(ByteSpan secret, std::span<const Secret> coefficients, std::uint8_t x) {
  Secret y(secret.size());
  const MutableByteSpan out = y.mutable_view();
  // Horner's rule, highest coefficient first.
  for (std::size_t j = coefficients.size(); j-- > 0;) {
    assert(coefficients[j].size() == secret.size());
    for (std::size_t b = 0; b < out.size(); ++b) {
      out[b] = gf_multiply(static_cast<std::uint8_t>(out[b] ^ coefficients[j].view()[b]), x);
    }
  }
  for (std::size_t b = 0; b < out.size(); ++b) {
    out[b] = static_cast<std::uint8_t>(out[b] ^ secret[b]);
  }
  return y;
}

Secret shamir_interpolate(std::span<const ShamirShare> shares, std::uint8_t at) {
  check(shares);
  Secret result(shares[0].y.size());
  const MutableByteSpan out = result.mutable_view();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    std::uint8_t weight = 1;
    for (std::size_t j = 0; j < shares.size(); ++j) {
      if (i == j) continue;
      const auto numerator = static_cast<std::uint8_t>(at ^ shares[j].x);
      const auto denominator = static_cast<std::uint8_t>(shares[i].x ^ shares[j].x);
      weight = gf_multiply(weight, gf_multiply(numerator, gf_inverse(denominator)));
    }
    for (std::size_t b = 0; b < out.size(); ++b) {
      out[b] = static_cast<std::uint8_t>(out[b] ^ gf_multiply(shares[i].y.view()[b], weight));
    }
  }
  return result;
}

}  // namespace valise
