#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"

namespace valise {

inline constexpr std::string_view kMediaPackMagic = "VALMEDI1";
inline constexpr std::uint64_t kMediaPieceBytesMax = 8ULL * 1024 * 1024;
inline constexpr std::uint64_t kMediaPackBytesMax = 64ULL * 1024 * 1024;
inline constexpr std::uint64_t kMediaPackBytesAim = 32ULL * 1024 * 1024;

/// Where a piece stands in its pack: `length` counts the tag.
struct MediaPieceAt {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Builds one pack in memory (at most kMediaPackBytesMax). Not thread-safe.
/// Format: formats/media_pack.md.
class MediaPackBuilder {
 public:
  /// `room` is memory to build in, for instance that of a pack before; what it holds goes.
  explicit MediaPackBuilder(Bytes room = {});
  /// Seals `payload` under `key` (a fresh random key that seals nothing else) and appends it.
  MediaPieceAt add(ByteSpan key, ByteSpan payload);
  /// Appends a piece that is sealed already.
  MediaPieceAt add_sealed(ByteSpan sealed);
  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_.size(); }
  /// Pads with `filler` bytes from the random source, or with the given filler (for test vectors;
  /// exactly the length that padme asks for). Returns the whole file.
  [[nodiscard]] Bytes finish();
  [[nodiscard]] Bytes finish_with(ByteSpan filler);

 private:
  [[nodiscard]] MediaPieceAt place(std::size_t sealed_bytes) const;

  Bytes bytes_;
};

[[nodiscard]] Bytes32 media_pack_id(ByteSpan whole_file);
/// The payload of a piece; throws Error(corrupt) naming `object`.
[[nodiscard]] Bytes open_media_piece(ByteSpan key, ByteSpan sealed, std::string_view object);

}  // namespace valise
