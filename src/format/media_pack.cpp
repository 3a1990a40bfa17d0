#include "format/media_pack.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/random.hpp"
#include "format/padme.hpp"

namespace valise {

MediaPackBuilder::MediaPackBuilder(Bytes room) : bytes_(std::move(room)) {
  bytes_.clear();
  // Once, at about its full length: a buffer that grows takes up to three times as much.
  bytes_.reserve(kMediaPackBytesAim);
  append(bytes_, bytes_of(kMediaPackMagic));
}

MediaPieceAt MediaPackBuilder::place(std::size_t sealed_bytes) const {
  if (sealed_bytes < kAeadTagBytes || sealed_bytes > kMediaPieceBytesMax + kAeadTagBytes) {
    throw Error(ErrorKind::limit, "a piece of an attachment is longer than 8 MiB");
  }
  const MediaPieceAt at{bytes_.size(), sealed_bytes};
  // The limit is a power of two, so padding never passes it.
  static_assert((kMediaPackBytesMax & (kMediaPackBytesMax - 1)) == 0);
  if (at.offset + at.length > kMediaPackBytesMax) {
    throw Error(ErrorKind::limit, "a media pack would be longer than 64 MiB");
  }
  return at;
}

MediaPieceAt MediaPackBuilder::add(ByteSpan key, ByteSpan payload) {
  const MediaPieceAt at = place(payload.size() + kAeadTagBytes);
  bytes_.resize(at.offset + at.length);
  seal_into(MutableByteSpan(bytes_).subspan(at.offset), key, payload);
  return at;
}

MediaPieceAt MediaPackBuilder::add_sealed(ByteSpan sealed) {
  const MediaPieceAt at = place(sealed.size());
  append(bytes_, sealed);
  return at;
}

Bytes MediaPackBuilder::finish() {
  const std::size_t used = bytes_.size();
  bytes_.resize(padme(used));
  fill_random(MutableByteSpan(bytes_).subspan(used));
  return std::move(bytes_);
}

Bytes MediaPackBuilder::finish_with(ByteSpan filler) {
  assert(bytes_.size() + filler.size() == padme(bytes_.size()));
  append(bytes_, filler);
  return std::move(bytes_);
}

Bytes32 media_pack_id(ByteSpan whole_file) { return bulk_hash("VL1.media.id", whole_file); }

Bytes open_media_piece(ByteSpan key, ByteSpan sealed, std::string_view object) {
  if (sealed.size() < kAeadTagBytes || sealed.size() > kMediaPieceBytesMax + kAeadTagBytes) {
    throw Error(ErrorKind::corrupt, std::string(object) + ": a piece has an impossible length");
  }
  auto payload = open(key, sealed);
  if (!payload) {
    throw Error(ErrorKind::corrupt, std::string(object) +
                                        ": a piece was changed or is not the one meant; run "
                                        "\"valise scrub\"");
  }
  return *std::move(payload);
}

}  // namespace valise
