#include "format/catalog_reader.hpp"

#include "format/catalog_row.hpp"

namespace valise {
namespace {

std::uint64_t read_number(ByteReader& reader, std::uint64_t max, std::string_view why) {
  const std::uint64_t value = reader.varint();
  if (value > max) reader.fail(why);
  return value;
}

std::string read_bytes(ByteReader& reader, std::size_t max, std::string_view why) {
  const auto size = static_cast<std::size_t>(read_number(reader, max, why));
  return text_of(reader.take(size));
}

CatalogFile read_row_head(ByteReader& reader, FileState state, std::string_view last_path) {
  CatalogFile file;
  file.state = state;
  const std::uint64_t shared =
      read_number(reader, last_path.size(), "a path shares more than the one before it has");
  file.path = last_path.substr(0, static_cast<std::size_t>(shared));
  file.path += read_bytes(reader, kCatalogPathBytesMax, "a path is too long");
  if (state == FileState::missing) file.size = reader.varint();
  if (state == FileState::symlink || state == FileState::present) {
    file.mode = static_cast<std::uint32_t>(
        read_number(reader, kModeMax, "a file's mode is more than permission bits"));
    file.mtime_ns = unzigzag(reader.varint());
  }
  if (state == FileState::symlink) {
    file.link = read_bytes(reader, kCatalogPathBytesMax, "a symlink's target is too long");
  }
  if (state == FileState::present) {
    file.size = reader.varint();
    file.content_hash = reader.array<32>();
  }
  return file;
}

CatalogPiece read_piece(ByteReader& reader, const CatalogPiece* before) {
  CatalogPiece piece;
  const std::uint8_t flags = reader.u8();
  if ((flags & ~(kPieceZstd | kPieceSamePack)) != 0) reader.fail("a piece has an unknown mark");
  if ((flags & kPieceSamePack) != 0 && before == nullptr) reader.fail("a piece names no pack");
  piece.codec = (flags & kPieceZstd) != 0 ? RecordCodec::zstd : RecordCodec::none;
  piece.pack = (flags & kPieceSamePack) != 0 ? before->pack : reader.array<32>();
  constexpr std::string_view kOver = "a piece's length or offset is over the limit";
  piece.offset = read_number(reader, kMediaPackBytesMax, kOver);
  piece.sealed_bytes = static_cast<std::uint32_t>(read_number(reader, kPieceSealedBytesMax, kOver));
  piece.plain_bytes = static_cast<std::uint32_t>(read_number(reader, kMediaPieceBytesMax, kOver));
  piece.key = reader.array<32>();
  return piece;
}

/// Nothing is allocated for a count that is only claimed.
void read_pieces(ByteReader& reader, CatalogFile& file) {
  const std::uint64_t count =
      read_number(reader, kCatalogPiecesMax - file.pieces.size(), "a file has too many pieces");
  const std::size_t first = file.pieces.size();
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool has_before = file.pieces.size() > first;
    file.pieces.push_back(read_piece(reader, has_before ? &file.pieces.back() : nullptr));
  }
}

}  // namespace

void CatalogRows::begin(ByteSpan plain, std::string_view object) {
  reader_.emplace(plain, object);
  first_ = true;
  if (plain.empty() || plain.size() > kCatalogRecordPlainBytesMax) {
    reader_->fail("a catalog record is empty or over the limit");
  }
}

std::optional<CatalogFile> CatalogRows::next() {
  while (reader_ && reader_->remaining() > 0) {
    const std::uint8_t flags = reader_->u8();
    const auto state = static_cast<FileState>(flags & kStateBits);
    const bool is_present = state == FileState::present;
    if ((flags & ~(kStateBits | kContinues | kContinuation)) != 0 ||
        ((flags & (kContinues | kContinuation)) != 0 && !is_present)) {
      reader_->fail("a file has an unknown mark");
    }
    const bool is_continuation = (flags & kContinuation) != 0;
    if (is_continuation != open_file_.has_value()) reader_->fail("a file's pieces break off");
    CatalogFile file;
    if (is_continuation) {
      file = std::move(*open_file_);
      open_file_.reset();
    } else {
      file = read_row_head(*reader_, state, first_ ? std::string_view{} : last_path_);
      if (file.path <= last_path_) reader_->fail("its files are not sorted by path");
      last_path_ = file.path;
    }
    first_ = false;
    if (is_present) read_pieces(*reader_, file);
    if ((flags & kContinues) != 0) {
      reader_->expect_end();
      open_file_ = std::move(file);
      continue;
    }
    const std::string_view fault = catalog_fault_of(file);
    if (!fault.empty()) reader_->fail(fault);
    return file;
  }
  return std::nullopt;
}

void CatalogRows::finish(std::string_view object) const {
  if (open_file_) ByteReader({}, object).fail("its catalog ends inside a file");
}

void CatalogReader::add(ByteSpan plain, std::string_view object) {
  rows_.begin(plain, object);
  while (std::optional<CatalogFile> file = rows_.next()) sink_(*std::move(file));
}

}  // namespace valise
