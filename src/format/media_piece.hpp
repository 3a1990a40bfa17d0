#pragma once

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "format/manifest.hpp"
#include "format/zstd_frame.hpp"

namespace valise {

/// A piece of an attachment, sealed under a key of its own, that stands in no pack yet.
struct SealedPiece {
  Bytes sealed;
  std::uint32_t plain_bytes = 0;
  RecordCodec codec = RecordCodec::zstd;
  Bytes32 key{};
  SealedPiece() = default;
  SealedPiece(SealedPiece&&) noexcept = default;
  SealedPiece& operator=(SealedPiece&&) noexcept = default;
  SealedPiece(const SealedPiece&) = delete;
  SealedPiece& operator=(const SealedPiece&) = delete;
  ~SealedPiece() { wipe(key); }
};

/// Compresses pieces where that helps, and seals them. One for each thread.
class PieceSealer {
 public:
  PieceSealer();
  /// 1 to kMediaPieceBytesMax bytes. Pictures and films are compressed already: a sample out of the
  /// middle tells, and they are left as they are. Format: formats/media_pack.md.
  /// Seals in the content's own memory: reserve kAeadTagBytes behind it.
  [[nodiscard]] SealedPiece seal(Bytes content);

 private:
  FrameCompressor compressor_;
};

}  // namespace valise
