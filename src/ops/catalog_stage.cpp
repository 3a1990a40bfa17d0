#include "ops/catalog_stage.hpp"

#include <utility>

namespace valise {
namespace {

// How many bytes are sealed before the state keeps where they stand.
constexpr std::uint64_t kKeepAfterBytes = std::uint64_t{256} << 20;

}  // namespace

CatalogStage::CatalogStage(const Vault& vault, State& state, const Bytes16& source,
                           const std::set<std::uint32_t>& usable_packs)
    : state_(state),
      source_(source),
      index_(state, usable_packs),
      writer_(
          vault, [this] { return numbered_pack(state_.new_pack(source_)); },
          [this](const Bytes32& name, const Bytes32& id, std::uint64_t bytes) {
            state_.note_pack(pack_number(name), {id, bytes});
            uncommitted_bytes_ += bytes;
          }) {}

void CatalogStage::read_known() {
  if (index_read_) return;
  index_.read_state();
  index_read_ = true;
}

void CatalogStage::add_piece(const SealedPiece& piece) { pieces_.push_back(writer_.add(piece)); }

void CatalogStage::place(StoredFile& row) {
  if (row.file.size == 0) return;
  const Bytes32& hash = row.file.content_hash;
  if (index_.known(hash)) {
    row.file.pieces = index_.pieces(hash);
    drop_pieces();
    return;
  }
  row.file.pieces = std::exchange(pieces_, {});
  index_.add(hash, row.file.pieces);
}

void CatalogStage::note_packs(const CatalogFile& file) {
  for (const CatalogPiece& piece : file.pieces) staged_.packs.insert(pack_number(piece.pack));
}

void CatalogStage::put(StoredFile row) {
  note_packs(row.file);
  chunk_bytes_ += stored_bytes(row);
  chunk_.push_back(std::move(row));
  // A few large films are as much as many pictures.
  if (chunk_bytes_ >= kCatalogChunkBytesAim || uncommitted_bytes_ >= kKeepAfterBytes) {
    close_chunk();
  }
}

void CatalogStage::reuse(std::int64_t chunk) {
  close_chunk();
  staged_.chunks.push_back(chunk);
}

void CatalogStage::close_chunk() {
  if (chunk_.empty()) return;
  const std::int64_t chunk = state_.put_catalog_files(source_, chunk_);
  staged_.chunks.push_back(chunk);
  index_.closed(chunk);
  chunk_.clear();
  chunk_bytes_ = 0;
  if (uncommitted_bytes_ < kKeepAfterBytes) return;
  uncommitted_bytes_ = 0;
  state_.commit_catalog();
  state_.begin_catalog();
}

StagedCatalog CatalogStage::finish() {
  close_chunk();
  writer_.finish();
  return std::move(staged_);
}

}  // namespace valise
