#pragma once

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

/// One point of a polynomial over GF(2^8) modulo 0x11b, bytewise: y = f(x), x is not zero.
struct ShamirShare {
  std::uint8_t x = 0;
  Secret y;
};

/// f(x) where f(0) = `secret` and `coefficients` are a_1 .. a_{k-1}, each as long as the secret.
/// Runs in constant time.
[[nodiscard]] Secret shamir_share(ByteSpan secret, std::span<const Secret> coefficients,
                                  std::uint8_t x);

/// f(at) by Lagrange interpolation through all given shares; `at` = 0 gives the secret back.
/// Throws Error(wrong_key) on no share, x = 0, one x twice, or shares of different lengths.
[[nodiscard]] Secret shamir_interpolate(std::span<const ShamirShare> shares, std::uint8_t at = 0);

}  // namespace valise
