#include "format/media_pack.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "format/golden.hpp"
#include "format/padme.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

struct GoldenPiece {
  Bytes key;
  Bytes payload;
};

std::vector<GoldenPiece> golden_pieces() {
  const auto& pack = test::golden()["pack"];
  std::vector<GoldenPiece> pieces;
  for (std::size_t i = 0; i < pack["keys"].size(); ++i) {
    pieces.push_back({test::bytes_at(pack["keys"][i]), test::bytes_at(pack["pieces"][i])});
  }
  return pieces;
}

}  // namespace

TEST_CASE("a media pack is the golden one, byte for byte") {
  const Bytes file = test::bytes_at(test::golden()["pack"]["file"]);
  MediaPackBuilder builder;
  std::vector<MediaPieceAt> places;
  for (const GoldenPiece& piece : golden_pieces()) {
    places.push_back(builder.add(piece.key, piece.payload));
  }
  const std::uint64_t used = builder.size();
  CHECK(hex(builder.finish_with(ByteSpan(file).subspan(used))) == hex(file));
  CHECK(hex(media_pack_id(file)) == test::golden()["pack"]["pack_id"]);
  const auto pieces = golden_pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const ByteSpan sealed = ByteSpan(file).subspan(places[i].offset, places[i].length);
    CHECK(open_media_piece(pieces[i].key, sealed, "pack") == pieces[i].payload);
  }
}

TEST_CASE("a media pack is padded with random bytes to its Padmé length") {
  const Bytes key(32, 7);
  const Bytes payload(9000, 1);
  const auto make = [&] {
    MediaPackBuilder builder;
    static_cast<void>(builder.add(key, payload));
    return builder.finish();
  };
  const Bytes a = make();
  const std::size_t used = 8 + payload.size() + 16;
  REQUIRE(a.size() == padme(used));
  REQUIRE(a.size() > used + 16);
  const Bytes b = make();
  CHECK(std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(used), b.begin()));
  CHECK(a != b);
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a pack's piece, "
    "by name") {
  const Bytes file = test::bytes_at(test::golden()["pack"]["file"]);
  const auto pieces = golden_pieces();
  const std::size_t first_length = pieces[0].payload.size() + 16;
  const ByteSpan first = ByteSpan(file).subspan(8, first_length);
  const ByteSpan second = ByteSpan(file).subspan(8 + first_length, pieces[1].payload.size() + 16);
  const auto opens = [&](std::size_t key, ByteSpan sealed) {
    return !test::refused(ErrorKind::corrupt, "pack 0285", [&] {
      static_cast<void>(open_media_piece(pieces[key].key, sealed, "pack 0285"));
    });
  };
  CHECK(opens(1, second));
  CHECK(test::bit_flips_that_pass({first.begin(), first.end()},
                                  [&](ByteSpan changed) { return opens(0, changed); }) == 0);
  CHECK_FALSE(opens(0, second));
  CHECK_FALSE(opens(1, first));
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a pack's id") {
  const Bytes file = test::bytes_at(test::golden()["pack"]["file"]);
  const Bytes32 id = media_pack_id(file);
  CHECK(test::bit_flips_that_pass(
            file, [&](ByteSpan changed) { return media_pack_id(changed) == id; }) == 0);
}

TEST_CASE("attack: truncate at every length; append garbage: a pack and its pieces") {
  const Bytes file = test::bytes_at(test::golden()["pack"]["file"]);
  const Bytes32 id = media_pack_id(file);
  const auto has_its_id = [&](ByteSpan changed) { return media_pack_id(changed) == id; };
  CHECK(test::truncations_that_pass(file, has_its_id) == 0);
  CHECK(test::appendices_that_pass(file, has_its_id) == 0);

  const auto pieces = golden_pieces();
  const ByteSpan piece = ByteSpan(file).subspan(8, pieces[0].payload.size() + 16);
  const auto opens = [&](ByteSpan sealed) {
    return !test::refused(ErrorKind::corrupt, "pack 0285", [&] {
      static_cast<void>(open_media_piece(pieces[0].key, sealed, "pack 0285"));
    });
  };
  REQUIRE(opens(piece));
  CHECK(test::truncations_that_pass(piece, opens) == 0);
  CHECK(test::appendices_that_pass(piece, opens) == 0);
}

TEST_CASE("pieces over 8 MiB and packs over 64 MiB are refused") {
  const Bytes key(32, 7);
  const auto add = [&](MediaPackBuilder& builder, std::size_t bytes) {
    static_cast<void>(builder.add(key, Bytes(bytes)));
  };
  MediaPackBuilder builder;
  CHECK(test::refused(ErrorKind::limit, "a piece", [&] { add(builder, kMediaPieceBytesMax + 1); }));
  for (int i = 0; i < 7; ++i) add(builder, kMediaPieceBytesMax);
  const std::uint64_t room = kMediaPackBytesMax - builder.size();
  CHECK(test::refused(ErrorKind::limit, "a media pack", [&] { add(builder, room - 15); }));
  add(builder, room - 16);
  CHECK(builder.finish().size() == kMediaPackBytesMax);
  CHECK(test::refused(ErrorKind::corrupt, "pack", [&] {
    static_cast<void>(open_media_piece(key, Bytes(kMediaPieceBytesMax + 17), "pack"));
  }));
}

}  // namespace valise
