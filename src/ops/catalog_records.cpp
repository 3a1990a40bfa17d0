#include "ops/catalog_records.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace valise {
namespace {

constexpr int kCatalogLevel = 3;

/// Goes through the rows of a list of chunks.
class ChunkCursor {
 public:
  ChunkCursor(const State& state, const std::vector<std::int64_t>& chunks)
      : state_(state), chunks_(chunks) {}

  /// The chunk that begins here, if one does and was not read yet.
  [[nodiscard]] std::optional<std::int64_t> at_chunk() const {
    if (next_row_ < rows_.size() || next_chunk_ == chunks_.size()) return std::nullopt;
    return chunks_[next_chunk_];
  }
  void skip_chunk() { ++next_chunk_; }
  /// Null at the end.
  [[nodiscard]] CatalogFile* row() {
    while (next_row_ == rows_.size()) {
      if (next_chunk_ == chunks_.size()) return nullptr;
      rows_ = state_.catalog_files(chunks_[next_chunk_++]);
      next_row_ = 0;
    }
    return &rows_[next_row_].file;
  }
  void next() { ++next_row_; }

 private:
  const State& state_;
  const std::vector<std::int64_t>& chunks_;
  std::size_t next_chunk_ = 0;
  std::vector<StoredFile> rows_;
  std::size_t next_row_ = 0;
};

bool same_row(const CatalogFile& a, const CatalogFile& b) {
  return a.state == b.state && a.mode == b.mode && a.size == b.size && a.mtime_ns == b.mtime_ns &&
         a.content_hash == b.content_hash && a.link == b.link &&
         std::equal(a.pieces.begin(), a.pieces.end(), b.pieces.begin(), b.pieces.end(),
                    [](const CatalogPiece& one, const CatalogPiece& other) {
                      return one.pack == other.pack && one.offset == other.offset;
                    });
}

}  // namespace

CatalogRecords::CatalogRecords(const State& state, ContainerWriter& writer)
    : state_(state),
      container_(writer),
      packs_(state.packs()),
      compressor_(kCatalogLevel),
      writer_([this](ByteSpan plain) { seal(plain); }) {}

void CatalogRecords::add(CatalogFile file) {
  for (CatalogPiece& piece : file.pieces) {
    const auto pack = packs_.find(pack_number(piece.pack));
    if (pack == packs_.end()) throw StateError("the state has lost the id of a media pack");
    piece.pack = pack->second.id;
    refs_.insert(piece.pack);
  }
  writer_.add(file);
}

void CatalogRecords::seal(ByteSpan plain) {
  Bytes frame = compressor_.run(plain);
  const WipeGuard guard(frame);
  container_.add_record(
      seal_record(container_.dek(), container_.bid(), container_.record_count(), frame),
      {.kind = RecordKind::catalog,
       .codec = RecordCodec::zstd,
       .plain_bytes = static_cast<std::uint32_t>(plain.size())});
}

void CatalogRecords::write_full(const std::vector<std::int64_t>& chunks) {
  for (const std::int64_t chunk : chunks) {
    for (StoredFile& stored : state_.catalog_files(chunk)) add(std::move(stored.file));
  }
  writer_.finish();
}

void CatalogRecords::write_changes(const std::vector<std::int64_t>& before,
                                   const std::vector<std::int64_t>& after) {
  ChunkCursor old_rows(state_, before);
  ChunkCursor new_rows(state_, after);
  for (;;) {
    const auto chunk = old_rows.at_chunk();
    if (chunk && chunk == new_rows.at_chunk()) {
      old_rows.skip_chunk();
      new_rows.skip_chunk();
      continue;
    }
    CatalogFile* was = old_rows.row();
    CatalogFile* is = new_rows.row();
    if (was == nullptr && is == nullptr) break;
    if (is == nullptr || (was != nullptr && was->path < is->path)) {
      CatalogFile removed;
      removed.path = was->path;
      removed.state = FileState::removed;
      add(std::move(removed));
      old_rows.next();
      continue;
    }
    const bool same_path = was != nullptr && was->path == is->path;
    if (!same_path || !same_row(*was, *is)) add(*is);
    if (same_path) old_rows.next();
    new_rows.next();
  }
  writer_.finish();
}

std::vector<Bytes32> CatalogRecords::refs() const { return {refs_.begin(), refs_.end()}; }

}  // namespace valise
