#include "format/catalog.hpp"

#include <algorithm>
#include <bit>

#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "format/media_pack.hpp"

namespace valise {
namespace {

// The first byte of a row: the state in the low three bits, and these two.
constexpr std::uint8_t kStateBits = 0x07;
constexpr std::uint8_t kContinues = 0x08;     // The rest of the pieces is in the next record.
constexpr std::uint8_t kContinuation = 0x10;  // This row is such a rest, and has no head.
// The first byte of a piece.
constexpr std::uint8_t kPieceZstd = 0x01;
constexpr std::uint8_t kPieceSamePack = 0x02;  // The pack of the piece before it in this row.

constexpr std::uint32_t kModeMax = 07777;
constexpr std::uint64_t kPieceSealedBytesMax = kMediaPieceBytesMax + kAeadTagBytes;
constexpr std::size_t kPieceCountBytes = 3;  // A varint up to kCatalogPiecesMax.

std::string_view fault_of_piece(const CatalogPiece& piece) {
  if (piece.codec != RecordCodec::none && piece.codec != RecordCodec::zstd) {
    return "a piece has an unknown codec";
  }
  if (piece.plain_bytes == 0 || piece.plain_bytes > kMediaPieceBytesMax) {
    return "a piece's plain length is over the limit, or zero";
  }
  if (piece.sealed_bytes < kAeadTagBytes || piece.sealed_bytes > kPieceSealedBytesMax) {
    return "a piece's sealed length is over the limit, or less than a tag";
  }
  if (piece.codec == RecordCodec::none && piece.sealed_bytes != piece.plain_bytes + kAeadTagBytes) {
    return "a piece's two lengths do not fit each other";
  }
  if (piece.offset < kMediaPackMagic.size() || piece.offset > kMediaPackBytesMax ||
      piece.offset + piece.sealed_bytes > kMediaPackBytesMax) {
    return "a piece lies outside of any pack";
  }
  return {};
}

/// Why a file cannot stand in a catalog; empty where it can. The same for writing and for reading.
std::string_view catalog_fault_of(const CatalogFile& file) {
  if (!valid_catalog_path(file.path)) return "a path is empty, too long or leads elsewhere";
  if (file.mode > kModeMax) return "a file's mode is more than permission bits";
  switch (file.state) {
    case FileState::present:
      break;
    case FileState::symlink:
      if (file.link.empty() || file.link.size() > kCatalogPathBytesMax ||
          file.link.find('\0') != std::string::npos) {
        return "a symlink's target is empty, too long or has a NUL";
      }
      [[fallthrough]];
    case FileState::missing:
    case FileState::removed:
      return file.pieces.empty() ? std::string_view{} : "a file that is not present has pieces";
    default:
      return "a file's state is unknown";
  }
  if (file.pieces.size() > kCatalogPiecesMax) return "a file has too many pieces";
  std::uint64_t plain_bytes = 0;
  for (const CatalogPiece& piece : file.pieces) {
    const std::string_view fault = fault_of_piece(piece);
    if (!fault.empty()) return fault;
    plain_bytes += piece.plain_bytes;
  }
  if (plain_bytes != file.size) return "a file's pieces do not add up to its size";
  return {};
}

/// Small numbers of either sign become small varints: 0, -1, 1, -2 are 0, 1, 2, 3.
std::uint64_t zigzag(std::int64_t value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits << 1) ^ (value < 0 ? ~0ULL : 0ULL);
}

std::int64_t unzigzag(std::uint64_t value) {
  return std::bit_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~0ULL : 0ULL));
}

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

bool valid_catalog_path(std::string_view path) noexcept {
  if (path.empty() || path.size() > kCatalogPathBytesMax) return false;
  if (path.find('\0') != std::string_view::npos) return false;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

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
