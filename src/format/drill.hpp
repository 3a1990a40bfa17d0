#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/sign.hpp"

namespace valise {

inline constexpr std::size_t kDrillBytes = 168;

/// An agent's signed statement that it opened its slot of one backup. Format: formats/drill.md.
struct Drill {
  Bytes16 vault_id{};
  Bytes32 entry_id{};
  std::uint8_t slot = 0;
  std::uint64_t time = 0;
  Bytes32 receipt{};
};

[[nodiscard]] ByteArray<kDrillBytes> sign_drill(const Drill& drill, const SigningKey& agent);
/// Parses and checks the signature of `agent_sign_pk`; throws Error(corrupt) naming `object`.
/// That the receipt fits the slot's proof is drill_fits' business.
[[nodiscard]] Drill parse_drill(ByteSpan bytes, const Bytes32& agent_sign_pk,
                                std::string_view object);
/// True if H("VL1.slot.proof", receipt) is `proof`.
[[nodiscard]] bool drill_fits(const Drill& drill, const Bytes32& proof);

/// Drills in one file: an agent hands over at most so many at once.
inline constexpr std::size_t kDrillsInFileMax = 4096;
inline constexpr std::uint64_t kDrillFileBytesMax = kDrillsInFileMax * kDrillBytes;

/// What a drill says of itself before anybody has checked whose it is.
struct DrillClaim {
  Bytes32 entry_id{};
  std::uint8_t slot = 0;
  ByteArray<kDrillBytes> bytes{};
};

/// The drills of a file that an agent hands over: one after the other. Throws Error(corrupt) naming
/// `object` when they are none.
[[nodiscard]] std::vector<DrillClaim> split_drill_file(ByteSpan bytes, std::string_view object);

}  // namespace valise
