#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/cursor.hpp"
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

/// Fills record plaintexts of at most kCatalogRecordPlainBytesMax bytes (one file with more pieces
/// than fit continues in the next record). Files come sorted by path, each once, and within the
/// format's limits, else Error(corrupt). Fields that a state does not have (formats/catalog.md) are
/// left out. The sink's span holds keys, and is wiped after the call. A catalog without files has
/// no record. Format: formats/catalog.md.
class CatalogWriter {
 public:
  explicit CatalogWriter(std::function<void(ByteSpan plain)> sink) : sink_(std::move(sink)) {}
  CatalogWriter(const CatalogWriter&) = delete;
  CatalogWriter& operator=(const CatalogWriter&) = delete;
  ~CatalogWriter() { wipe(buffer_); }
  void add(const CatalogFile& file);
  void finish();

 private:
  void flush();

  std::function<void(ByteSpan)> sink_;
  Bytes buffer_;
  std::string last_path_;
};

/// Reads record plaintexts one after the other and gives their files one by one, when asked: memory
/// is that of one file. Throws Error(corrupt) naming `object`. Not thread-safe.
class CatalogRows {
 public:
  /// The next record, after all files of the one before were asked for. `plain` and `object`
  /// outlive the calls of next().
  void begin(ByteSpan plain, std::string_view object);
  /// The record's next file; nothing where it holds no further one that is whole.
  [[nodiscard]] std::optional<CatalogFile> next();
  /// Throws where the last record broke off inside a file.
  void finish(std::string_view object) const;

 private:
  std::optional<ByteReader> reader_;
  bool first_ = true;  // No row of this record was read yet.
  std::optional<CatalogFile> open_file_;
  std::string last_path_;
};

/// The same, but each record hands out all its files at once. Memory is that of one record and one
/// file.
class CatalogReader {
 public:
  explicit CatalogReader(std::function<void(CatalogFile file)> sink) : sink_(std::move(sink)) {}
  void add(ByteSpan plain, std::string_view object);
  void finish(std::string_view object) const { rows_.finish(object); }

 private:
  std::function<void(CatalogFile)> sink_;
  CatalogRows rows_;
};

}  // namespace valise
