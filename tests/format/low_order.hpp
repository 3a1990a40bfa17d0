#pragma once

#include <vector>

#include "base/hex.hpp"

namespace valise::test {

/// The encodings of X25519's points of order 1, 2, 4 and 8, the non-canonical ones too (RFC 7748
/// section 6.1; cr.yp.to/ecdh.html lists them), each also with the top bit that X25519 ignores.
[[nodiscard]] inline std::vector<Bytes32> low_order_points() {
  std::vector<Bytes32> points;
  for (const char* low : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    Bytes32 point = array_of<32>(*from_hex(low));
    for (const std::uint8_t top : Bytes{0, 0x80}) {
      point[31] = static_cast<std::uint8_t>((point[31] & 0x7f) | top);
      points.push_back(point);
    }
  }
  return points;
}

}  // namespace valise::test
