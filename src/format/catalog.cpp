#include "format/catalog.hpp"

#include <algorithm>

#include "format/catalog_row.hpp"

namespace valise {
namespace {

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

}  // namespace valise
