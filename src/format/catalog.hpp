#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "format/manifest.hpp"

namespace valise {

inline constexpr std::uint32_t kCatalogRecordPlainBytesMax = 1024 * 1024;
inline constexpr std::size_t kCatalogPathBytesMax = 4096;
inline constexpr std::size_t kCatalogPiecesMax = 1 << 20;

enum class FileState : std::uint8_t {
  present = 1,  ///< Its content is in the pieces.
  missing = 2,  ///< A row names it, the disk lacks it.
  symlink = 3,  ///< Recorded, never followed; the target stands in `link`.
  removed = 4,  ///< Only in an increment: gone since the parent.
};

struct CatalogPiece {
  Bytes32 pack{};
  std::uint64_t offset = 0;
  std::uint32_t sealed_bytes = 0;
  std::uint32_t plain_bytes = 0;
  RecordCodec codec = RecordCodec::zstd;
  Bytes32 key{};
  /// A piece travels in vectors that grow: every copy of its key is wiped with it.
  ~CatalogPiece() { wipe(key); }
};

struct CatalogFile {
  std::string path;  ///< Bytes, relative, '/' between parts, without '.', '..' or empty parts.
  FileState state = FileState::present;
  std::uint32_t mode = 0;  ///< Permission bits.
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  Bytes32 content_hash{};
  std::string link;
  std::vector<CatalogPiece> pieces;
};

/// True for a path that may stand in a catalog (and so cannot leave the target of a restore).
[[nodiscard]] bool valid_catalog_path(std::string_view path) noexcept;

}  // namespace valise
