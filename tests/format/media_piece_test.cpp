#include "format/media_piece.hpp"

#include <doctest/doctest.h>

#include "crypto/random.hpp"
#include "format/media_pack.hpp"
#include "format/page_records.hpp"
#include "support/error_kind.hpp"

namespace valise::test {
namespace {

Bytes opened(const SealedPiece& piece) {
  Bytes payload = open_media_piece(piece.key, piece.sealed, "pack");
  if (piece.codec == RecordCodec::none) return payload;
  Bytes plain(piece.plain_bytes);
  FrameDecompressor().run(payload, {}, plain, "pack");
  return plain;
}

}  // namespace

TEST_CASE("a piece is compressed where that helps, and opens to what it was") {
  PieceSealer sealer;
  for (const std::size_t size : {1U, 100U, 65'536U, 65'537U, 1'000'000U}) {
    CAPTURE(size);
    Bytes noise(size);
    fill_random(noise);
    const SealedPiece film = sealer.seal(noise);
    CHECK(film.codec == RecordCodec::none);
    CHECK(film.sealed.size() == size + 16);
    CHECK(opened(film) == noise);
    const Bytes text(size, 'a');
    const SealedPiece letter = sealer.seal(text);
    CHECK(letter.codec == (size == 1 ? RecordCodec::none : RecordCodec::zstd));
    CHECK(opened(letter) == text);
    CHECK(film.key != letter.key);
  }
}

TEST_CASE("a piece is neither empty nor longer than 8 MiB") {
  PieceSealer sealer;
  CHECK(kind_of([&] { static_cast<void>(sealer.seal({})); }) == ErrorKind::internal);
  Bytes content(kMediaPieceBytesMax + 1);
  CHECK(kind_of([&] { static_cast<void>(sealer.seal(content)); }) == ErrorKind::internal);
  content.pop_back();
  CHECK(opened(sealer.seal(content)) == content);
}

}  // namespace valise::test
