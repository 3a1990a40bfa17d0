#include "format/media_piece.hpp"

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

}  // namespace

PieceSealer::PieceSealer() : compressor_(kPieceLevel) {}

SealedPiece PieceSealer::seal(Bytes content) {
  if (content.empty() || content.size() > kMediaPieceBytesMax) {
    throw Error(ErrorKind::internal, "a piece of an attachment is empty or longer than 8 MiB");
  }
  SealedPiece piece;
  piece.plain_bytes = static_cast<std::uint32_t>(content.size());
  piece.key = random_array<32>();
  piece.codec = RecordCodec::none;
  bool worth_it = true;
  if (content.size() > 2 * kSampleBytes) {
    const ByteSpan sample = ByteSpan(content).subspan(content.size() / 2, kSampleBytes);
    worth_it = shrinks(compressor_.run(sample).size(), sample.size());
  }
  if (worth_it) {
    Bytes frame = compressor_.run(content);
    if (shrinks(frame.size(), content.size())) {
      piece.codec = RecordCodec::zstd;
      piece.sealed = seal_in_place(piece.key, std::move(frame));
      return piece;
    }
  }
  piece.sealed = seal_in_place(piece.key, std::move(content));
  return piece;
}

}  // namespace valise
