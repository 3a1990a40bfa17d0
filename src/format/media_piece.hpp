#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "format/manifest.hpp"

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

/// One zstd frame that states its content's size. Holds zstd's working memory, so make one for each
/// thread and keep it.
class FrameCompressor {
 public:
  explicit FrameCompressor(int level);
  FrameCompressor(FrameCompressor&&) noexcept;
  FrameCompressor& operator=(FrameCompressor&&) noexcept;
  ~FrameCompressor();
  [[nodiscard]] Bytes run(ByteSpan content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Compresses pieces where that helps, and seals them. One for each thread.
class PieceSealer {
 public:
  PieceSealer();
  /// 1 to kMediaPieceBytesMax bytes. Pictures and films are compressed already: a sample out of the
  /// middle tells, and they are left as they are. Format: formats/media_pack.md.
  [[nodiscard]] SealedPiece seal(ByteSpan content);

 private:
  FrameCompressor compressor_;
};

}  // namespace valise
