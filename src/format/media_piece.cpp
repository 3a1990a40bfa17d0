#include "format/media_piece.hpp"

#include <zstd.h>

#include <algorithm>

#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/random.hpp"
#include "format/media_pack.hpp"

namespace valise {
namespace {

// Little among attachments compresses at all; of texts, level 3 saves three hundredths more and
// takes up to twice the time.
constexpr int kPieceLevel = 1;
// Up to here a piece is compressed at once: a sample would cost as much.
constexpr std::size_t kSampleBytes = 32 * 1024;

// Less than a twentieth is not worth the time of every restore.
bool shrinks(std::size_t compressed, std::size_t plain) {
  return compressed < plain - plain / 20 && compressed < plain;
}

std::size_t checked(std::size_t code, const char* what) {
  if (ZSTD_isError(code) != 0U) {
    throw Error(ErrorKind::internal, std::string("zstd ") + what + ": " + ZSTD_getErrorName(code));
  }
  return code;
}

}  // namespace

struct FrameCompressor::State {
  struct Free {
    void operator()(ZSTD_CCtx* owned) const noexcept { ZSTD_freeCCtx(owned); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
};

FrameCompressor::FrameCompressor(int level) : state_(std::make_unique<State>()) {
  checked(ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, level), "level");
}
FrameCompressor::FrameCompressor(FrameCompressor&&) noexcept = default;
FrameCompressor& FrameCompressor::operator=(FrameCompressor&&) noexcept = default;
FrameCompressor::~FrameCompressor() = default;

Bytes FrameCompressor::run(ByteSpan content) {
  Bytes frame(ZSTD_compressBound(content.size()));
  frame.resize(checked(ZSTD_compress2(state_->context.get(), frame.data(), frame.size(),
                                      content.data(), content.size()),
                       "compression"));
  return frame;
}

PieceSealer::PieceSealer() : compressor_(kPieceLevel) {}

SealedPiece PieceSealer::seal(ByteSpan content) {
  if (content.empty() || content.size() > kMediaPieceBytesMax) {
    throw Error(ErrorKind::internal, "a piece of an attachment is empty or longer than 8 MiB");
  }
  SealedPiece piece;
  piece.plain_bytes = static_cast<std::uint32_t>(content.size());
  piece.key = random_array<32>();
  piece.codec = RecordCodec::none;
  bool worth_it = true;
  if (content.size() > 2 * kSampleBytes) {
    const ByteSpan sample = content.subspan(content.size() / 2, kSampleBytes);
    worth_it = shrinks(compressor_.run(sample).size(), sample.size());
  }
  if (worth_it) {
    const Bytes frame = compressor_.run(content);
    if (shrinks(frame.size(), content.size())) {
      piece.codec = RecordCodec::zstd;
      piece.sealed = valise::seal(piece.key, frame);
      return piece;
    }
  }
  piece.sealed = valise::seal(piece.key, content);
  return piece;
}

}  // namespace valise
