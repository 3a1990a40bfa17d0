#include "format/catalog_writer.hpp"

#include <algorithm>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/catalog_row.hpp"

namespace valise {
namespace {

constexpr std::size_t kPieceCountBytes = 3;  // A varint up to kCatalogPiecesMax.

/// A row up to its pieces. `last_path` is that of the row before in the same record, or empty.
Bytes row_head(const CatalogFile& file, std::string_view last_path) {
  const auto shared =
      static_cast<std::size_t>(std::ranges::mismatch(file.path, last_path).in1 - file.path.begin());
  const std::string_view rest = std::string_view(file.path).substr(shared);
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(file.state));
  writer.varint(shared).varint(rest.size()).text(rest);
  if (file.state == FileState::missing) writer.varint(file.size);
  if (file.state == FileState::symlink) {
    writer.varint(file.mode).varint(zigzag(file.mtime_ns));
    writer.varint(file.link.size()).text(file.link);
  }
  if (file.state == FileState::present) {
    writer.varint(file.mode).varint(zigzag(file.mtime_ns));
    writer.varint(file.size).bytes(file.content_hash);
  }
  return writer.take();
}

/// A piece up to its key, which must not pass through a buffer that nobody wipes.
Bytes piece_head(const CatalogFile& file, std::size_t index, std::size_t first_of_row) {
  const CatalogPiece& piece = file.pieces[index];
  const bool same_pack = index > first_of_row && file.pieces[index - 1].pack == piece.pack;
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>((piece.codec == RecordCodec::zstd ? kPieceZstd : 0) |
                                      (same_pack ? kPieceSamePack : 0)));
  if (!same_pack) writer.bytes(piece.pack);
  writer.varint(piece.offset).varint(piece.sealed_bytes).varint(piece.plain_bytes);
  return writer.take();
}

std::size_t piece_bytes(const CatalogFile& file, std::size_t index, std::size_t first_of_row) {
  return piece_head(file, index, first_of_row).size() + file.pieces[index].key.size();
}

/// The length of a row with the pieces from `first` on, and how many of them stay within `room`.
struct RowLength {
  std::size_t bytes = 0;
  std::size_t pieces = 0;
  bool whole = true;
};
RowLength measure_pieces(const CatalogFile& file, std::size_t first, std::size_t room) {
  RowLength length{kPieceCountBytes};
  for (std::size_t i = first; i < file.pieces.size(); ++i) {
    const std::size_t more = piece_bytes(file, i, first);
    if (length.bytes + more > room) return {length.bytes, length.pieces, false};
    length.bytes += more;
    ++length.pieces;
  }
  return length;
}

void append_pieces(Bytes& to, const CatalogFile& file, std::size_t first, std::size_t count) {
  append(to, ByteWriter().varint(count).view());
  for (std::size_t i = first; i < first + count; ++i) {
    append(to, piece_head(file, i, first));
    append(to, file.pieces[i].key);
  }
}

}  // namespace

void CatalogWriter::add(const CatalogFile& file) {
  std::string_view fault = catalog_fault_of(file);
  if (fault.empty() && file.path <= last_path_) fault = "the files are not sorted by path";
  if (!fault.empty()) throw Error(ErrorKind::corrupt, "catalog: " + std::string(fault));
  // Once, at its full length: a buffer that grew would leave keys behind in what it gave back.
  buffer_.reserve(kCatalogRecordPlainBytesMax);

  Bytes head = row_head(file, buffer_.empty() ? std::string_view{} : last_path_);
  const auto room = [&] {
    const std::size_t used = buffer_.size() + head.size();
    return used < kCatalogRecordPlainBytesMax ? kCatalogRecordPlainBytesMax - used : 0;
  };
  RowLength row = measure_pieces(file, 0, room());
  if (!buffer_.empty() && (!row.whole || row.bytes > room())) {
    flush();
    head = row_head(file, {});
    row = measure_pieces(file, 0, room());
  }
  last_path_ = file.path;
  for (std::size_t first = 0;;) {
    if (!row.whole) head[0] |= kContinues;
    append(buffer_, head);
    if (file.state == FileState::present) append_pieces(buffer_, file, first, row.pieces);
    if (row.whole) return;
    flush();
    first += row.pieces;
    head = {static_cast<std::uint8_t>(static_cast<std::uint8_t>(file.state) | kContinuation)};
    row = measure_pieces(file, first, room());
  }
}

void CatalogWriter::flush() {
  if (!buffer_.empty()) sink_(buffer_);
  wipe(buffer_);
  buffer_.clear();
}

void CatalogWriter::finish() { flush(); }

}  // namespace valise
