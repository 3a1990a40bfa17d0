#include "crypto/shamir.hpp"

#include <doctest/doctest.h>

#include "crypto/third_party.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

std::vector<ShamirShare> shares_of(ByteSpan secret, std::size_t k,
                                   std::initializer_list<std::uint8_t> numbers) {
  std::vector<Secret> coefficients;
  for (std::size_t j = 1; j < k; ++j) {
    coefficients.push_back(
        Secret::copy_of(Bytes(secret.size(), static_cast<std::uint8_t>(77 * j))));
  }
  std::vector<ShamirShare> shares;
  for (const std::uint8_t x : numbers) {
    shares.push_back({x, shamir_share(secret, coefficients, x)});
  }
  return shares;
}

}  // namespace

TEST_CASE("interpolation gives the values of SLIP-39's field") {
  const auto json = test::third_party_json("slip39/gf256_interpolation.json");
  if (!json) return;
  std::size_t count = 0;
  for (const auto& one : (*json)["cases"]) {
    // SLIP-39 numbers shares from 0, which is the secret's place here. A polynomial may be moved
    // along x by any constant, and in this field moving is XOR: 0x80 keeps every number off zero.
    constexpr std::uint8_t kMoved = 0x80;
    std::vector<ShamirShare> shares;
    for (const auto& share : one["shares"]) {
      const auto x = static_cast<std::uint8_t>(share[0].get<unsigned>() ^ kMoved);
      shares.push_back({x, Secret::copy_of(test::bytes_of_hex(share[1]))});
    }
    CHECK(hex(shamir_interpolate(shares, 255 ^ kMoved).view()) == one["at255"]);
    CHECK(hex(shamir_interpolate(shares, 254 ^ kMoved).view()) == one["at254"]);
    ++count;
  }
  CHECK(count == 17);
}

TEST_CASE("k shares give the secret back, k - 1 give another value") {
  const Bytes secret =
      *from_hex("000102030405060708090a0b0c0d0e0ff0e0d0c0b0a09080706050403020100f");
  for (std::size_t k = 1; k <= 16; ++k) {
    auto shares = shares_of(secret, k, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    const std::span<const ShamirShare> all(shares);
    CHECK(hex(shamir_interpolate(all.first(k)).view()) == hex(secret));
    CHECK(hex(shamir_interpolate(all.last(k)).view()) == hex(secret));
    CHECK(hex(shamir_interpolate(all).view()) == hex(secret));
    if (k > 1) CHECK(hex(shamir_interpolate(all.first(k - 1)).view()) != hex(secret));
  }
}

TEST_CASE("a forged share gives another secret") {
  const Bytes secret(32, 0x42);
  auto shares = shares_of(secret, 3, {1, 5, 9});
  shares[1].y.mutable_view()[31] ^= 0x80;
  CHECK(hex(shamir_interpolate(shares).view()) != hex(secret));
}

TEST_CASE(
    "attack: k-1 shares, forged share, duplicate or zero index: no share, one numbered zero, one "
    "twice, different lengths") {
  const Bytes secret(32, 0x42);
  const auto refused = [](const std::vector<ShamirShare>& shares) {
    const auto error = test::refusal([&] { static_cast<void>(shamir_interpolate(shares)); });
    return error && error->kind() == ErrorKind::wrong_key;
  };
  CHECK(refused({}));
  CHECK(refused(shares_of(secret, 2, {0, 1})));
  CHECK(refused(shares_of(secret, 2, {7, 7})));
  CHECK(refused(shares_of(secret, 2, {1, 2, 1})));
  auto uneven = shares_of(secret, 2, {1, 2});
  uneven[1].y.truncate(31);
  CHECK(refused(uneven));
  CHECK_FALSE(refused(shares_of(secret, 2, {255, 1})));
}

}  // namespace valise
