#pragma once

#include <set>
#include <vector>

#include "ops/content_index.hpp"
#include "vault/media_writer.hpp"

namespace valise {

/// The catalog of a snapshot that is to be committed, and the packs that it names.
struct StagedCatalog {
  std::vector<std::int64_t> chunks;
  std::set<std::uint32_t> packs;
  std::set<std::uint32_t> absent;  ///< Of these: may be missing, nothing else has what they hold.
};

/// Builds tonight's catalog in the state, row after row, and places contents in media packs, each
/// once. In a transaction of the catalog, which it commits now and then: what is sealed is known
/// to the next run even if this one ends early. Not thread-safe.
class CatalogStage {
 public:
  /// All arguments outlive it.
  CatalogStage(const Vault& vault, State& state, const Bytes16& source,
               const std::set<std::uint32_t>& usable_packs);

  /// Before contents are placed: reads what is sealed already. Once is enough.
  void read_known();
  /// Thread-safe.
  [[nodiscard]] bool known(const Bytes32& content_hash) const { return index_.known(content_hash); }
  [[nodiscard]] bool may_know(std::uint64_t size) const { return index_.may_know(size); }

  /// Puts a piece into a pack. The pieces of a file come one after the other; place() takes them.
  void add_piece(const SealedPiece& piece);
  /// What was added since the last row belongs to no row.
  void drop_pieces() { pieces_.clear(); }
  /// Gives a row the pieces of its content: those known already, or those added.
  void place(StoredFile& row);

  /// The next row, ascending by path.
  void put(StoredFile row);
  /// A stretch of last night's catalog, as it is; `packs` are those of its rows.
  void reuse(std::int64_t chunk);
  /// Notes packs of rows that reuse() brings.
  void note_packs(const CatalogFile& file);
  /// Closes packs and stretches.
  [[nodiscard]] StagedCatalog finish();
  [[nodiscard]] std::uint64_t bytes_put() const noexcept { return writer_.bytes_put(); }

 private:
  void close_chunk();

  State& state_;
  Bytes16 source_;
  ContentIndex index_;
  bool index_read_ = false;
  StagedCatalog staged_;
  std::vector<StoredFile> chunk_;
  std::size_t chunk_bytes_ = 0;
  std::vector<CatalogPiece> pieces_;
  std::uint64_t uncommitted_bytes_ = 0;
  MediaWriter writer_;
};

}  // namespace valise
