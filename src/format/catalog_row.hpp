#pragma once

// Private to this room: what the writer and the reader of a catalog's rows have to agree on.

#include <bit>
#include <cstdint>
#include <string_view>

#include "crypto/aead.hpp"
#include "format/catalog.hpp"
#include "format/media_pack.hpp"

namespace valise {

// The first byte of a row: the state in the low three bits, and these two.
inline constexpr std::uint8_t kStateBits = 0x07;
// The rest of the pieces is in the next record.
inline constexpr std::uint8_t kContinues = 0x08;
// This row is such a rest, and has no head.
inline constexpr std::uint8_t kContinuation = 0x10;
// The first byte of a piece.
inline constexpr std::uint8_t kPieceZstd = 0x01;
// Its pack is that of the piece before it in this row.
inline constexpr std::uint8_t kPieceSamePack = 0x02;

inline constexpr std::uint32_t kModeMax = 07777;
inline constexpr std::uint64_t kPieceSealedBytesMax = kMediaPieceBytesMax + kAeadTagBytes;

/// Why a file cannot stand in a catalog; empty where it can. The same for writing and for reading.
[[nodiscard]] std::string_view catalog_fault_of(const CatalogFile& file);

/// Small numbers of either sign become small varints: 0, -1, 1, -2 are 0, 1, 2, 3.
[[nodiscard]] inline std::uint64_t zigzag(std::int64_t value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits << 1) ^ (value < 0 ? ~0ULL : 0ULL);
}

[[nodiscard]] inline std::int64_t unzigzag(std::uint64_t value) {
  return std::bit_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~0ULL : 0ULL));
}

}  // namespace valise
