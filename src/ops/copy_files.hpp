#pragma once

#include <functional>

#include "ops/opened_backup.hpp"
#include "ops/snapshot_files.hpp"
#include "ops/writer_session.hpp"
#include "vault/media_reader.hpp"

namespace valise {

/// The attachments of a snapshot, as those of its copy. In another vault each content is sealed
/// anew, once; in the same vault the copy names the pieces that stand there.
class CopiedFiles final : public StagedFiles {
 public:
  using OnDamaged = std::function<void(const std::string& path, const Error& error)>;
  /// All arguments outlive it.
  CopiedFiles(const VaultView& from, const VaultKey& key, WriterSession& session, const Run& run,
              const Bytes16& source, FileCounts& counts);
  /// Before the snapshot's own transaction. A content that does not open is told to `on_damaged`,
  /// and its row says that it is missing. Throws Error(corrupt) for a damaged catalog,
  /// Error(storage), Error(cancelled), StateError.
  void stage(const Snapshot& original, const OnDamaged& on_damaged);

 private:
  struct Piece {
    SealedPiece sealed;
    Bytes plain;
    std::optional<Error> error;
  };
  void take_row(CatalogStage& stage, CatalogFile file, const OnDamaged& on_damaged);
  void reuse_pieces(CatalogStage& stage, StoredFile row, const OnDamaged& on_damaged);
  void seal_anew(CatalogStage& stage, StoredFile row, const OnDamaged& on_damaged);
  [[nodiscard]] std::uint32_t number_of(const Bytes32& pack_id);

  const VaultView& from_;
  const VaultKey& key_;
  FileCounts& counts_;
  bool same_vault_;
  MediaReader reader_;
  WorkerPool pool_;
  std::vector<PieceSealer> sealers_;          // One for each worker.
  std::map<Bytes32, std::uint32_t> numbers_;  // Of packs, by their ids.
};

}  // namespace valise
