#include "vault/media_writer.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::size_t kPacksUnderWay = 2;
constexpr std::size_t kPackReadBackBytes = std::size_t{1} << 20;

// An error of memory or of the file system shows tonight, not on the day of the restore.
void put_pack(Storage& storage, const ObjectName& object, ByteSpan file) {
  const std::unique_ptr<ObjectWriter> writer = storage.put(object);
  writer->write(file);
  writer->flush();
  Bytes again;
  for (std::size_t at = 0; at < file.size(); at += again.size()) {
    again.resize(std::min(kPackReadBackBytes, file.size() - at));
    writer->read(at, again);
    if (!std::equal(again.begin(), again.end(), file.begin() + static_cast<std::ptrdiff_t>(at))) {
      throw Error(ErrorKind::storage, object + ": it reads back differently");
    }
  }
  // Of that name, and so of that content, there can be only one; random keys make a second one
  // impossible.
  if (!writer->commit()) {
    throw Error(ErrorKind::storage, object + ": an object of that name exists");
  }
}

}  // namespace

MediaWriter::MediaWriter(const Vault& vault, NamePack name_pack, PackDurable on_durable)
    : vault_(vault),
      name_pack_(std::move(name_pack)),
      on_durable_(std::move(on_durable)),
      putting_(disk_, kPacksUnderWay, [this](Put put) {
        bytes_put_ += put.file.size();
        on_durable_(put.name, put.id, put.file.size());
        room_ = std::move(put.file);
      }) {}

CatalogPiece MediaWriter::add(const SealedPiece& piece) {
  if (builder_ && builder_->size() + piece.sealed.size() > kMediaPackBytesAim) close_pack();
  if (!builder_) {
    builder_.emplace(std::move(room_));
    name_ = name_pack_();
  }
  const MediaPieceAt at = builder_->add_sealed(piece.sealed);
  CatalogPiece placed;
  placed.pack = name_;
  placed.offset = at.offset;
  placed.sealed_bytes = static_cast<std::uint32_t>(at.length);
  placed.plain_bytes = piece.plain_bytes;
  placed.codec = piece.codec;
  placed.key = piece.key;
  return placed;
}

void MediaWriter::close_pack() {
  auto file = std::make_shared<Bytes>(builder_->finish());
  builder_.reset();
  putting_.submit([this, file = std::move(file), name = name_](std::size_t) {
    const Bytes32 id = media_pack_id(*file);
    put_pack(vault_.storage(), pack_object(id), *file);
    return Put{name, id, std::move(*file)};
  });
}

void MediaWriter::finish() {
  if (builder_) close_pack();
  putting_.drain();
}

}  // namespace valise
