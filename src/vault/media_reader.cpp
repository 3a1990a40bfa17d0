#include "vault/media_reader.hpp"

#include "base/error.hpp"
#include "format/media_pack.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

Bytes read_sealed_piece(const Storage& storage, const CatalogPiece& piece,
                        const std::string& object) {
  Bytes sealed(piece.sealed_bytes);
  try {
    storage.read(object, piece.offset, sealed);
  } catch (const Error& error) {
    // A catalog names it: a vault that lost it is damaged.
    if (error.kind() != ErrorKind::not_found) throw;
    throw Error(ErrorKind::corrupt, object + ": it is missing from the vault");
  }
  return sealed;
}

}  // namespace

void ContentCheck::finish(const CatalogFile& file) {
  if (hasher_.finish() == file.content_hash) return;
  throw Error(
      ErrorKind::corrupt,
      (file.pieces.empty() ? std::string("the catalog") : pack_object(file.pieces.front().pack)) +
          ": its pieces are not the content that was backed up (hash mismatch)");
}

Bytes MediaReader::read_piece(const CatalogPiece& piece) const {
  const std::string object = pack_object(piece.pack);
  const Bytes sealed = read_sealed_piece(vault_.storage(), piece, object);
  Bytes payload = open_media_piece(piece.key, sealed, object);
  // Of a piece that is not compressed the catalog's decoder has compared the two lengths.
  if (piece.codec == RecordCodec::none) return payload;
  return decompress(payload, piece.plain_bytes, object);
}

Bytes MediaReader::decompress(ByteSpan frame, std::size_t plain_bytes,
                              const std::string& object) const {
  const auto take = [this] {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return FrameDecompressor();
    FrameDecompressor taken = std::move(idle_.back());
    idle_.pop_back();
    return taken;
  };
  FrameDecompressor decompressor = take();
  Bytes plain(plain_bytes);
  decompressor.run(frame, {}, plain, object);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(decompressor));
  return plain;
}

void MediaReader::read_file(const CatalogFile& file,
                            const std::function<void(ByteSpan piece)>& sink) const {
  ContentCheck check;
  for (const CatalogPiece& piece : file.pieces) {
    const Bytes content = read_piece(piece);
    check.add(content);
    sink(content);
  }
  check.finish(file);
}

}  // namespace valise
