#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "crypto/hash.hpp"
#include "format/catalog.hpp"
#include "format/page_records.hpp"
#include "vault/vault.hpp"

namespace valise {

/// Compares the content of a file, as it comes, with the hash that its catalog row states.
class ContentCheck {
 public:
  void add(ByteSpan piece) { hasher_.update(piece); }
  /// Once, after the whole content. Throws Error(corrupt) that names the file's first pack.
  void finish(const CatalogFile& file);

 private:
  BulkHasher hasher_{"VL1.file"};
};

/// Reads files' content out of a vault's media packs. Failures are Error(corrupt) naming the pack,
/// also where it is missing, or Error(storage); who calls knows the file's path. Thread-safe.
class MediaReader {
 public:
  /// `vault` outlives the reader.
  explicit MediaReader(const Vault& vault) : vault_(vault) {}
  MediaReader(const MediaReader&) = delete;
  MediaReader& operator=(const MediaReader&) = delete;

  /// One piece, decompressed: piece.plain_bytes bytes, of which a catalog allows no more than 8
  /// MiB.
  [[nodiscard]] Bytes read_piece(const CatalogPiece& piece) const;
  /// The content of a file that is present, piece by piece; after the last its hash is checked.
  /// What `sink` throws passes.
  void read_file(const CatalogFile& file, const std::function<void(ByteSpan piece)>& sink) const;

 private:
  [[nodiscard]] Bytes decompress(ByteSpan frame, std::size_t plain_bytes,
                                 const std::string& object) const;

  const Vault& vault_;
  // As many as were ever at work at once: making one costs more than a small piece does.
  mutable std::mutex mutex_;
  mutable std::vector<FrameDecompressor> idle_;
};

}  // namespace valise
