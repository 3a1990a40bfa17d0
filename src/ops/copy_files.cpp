#include "ops/copy_files.hpp"

#include "base/error.hpp"
#include "vault/merged_catalog.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// Each is up to 8 MiB plain and as much sealed.
constexpr std::size_t kPiecesUnderWay = 3;

StoredFile as_missing(StoredFile row) {
  row.file.state = FileState::missing;
  row.file.pieces.clear();
  return row;
}

bool is_damage(const Error& error) {
  return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found;
}

}  // namespace

CopiedFiles::CopiedFiles(const VaultView& from, const VaultKey& key, WriterSession& session,
                         const Run& run, const Bytes16& source, FileCounts& counts)
    : StagedFiles(run, session.vault, session.state, source),
      from_(from),
      key_(key),
      counts_(counts),
      same_vault_(from.vault.id() == session.vault.id()),
      reader_(from.vault),
      sealers_(pool_.thread_count()) {}

void CopiedFiles::stage(const Snapshot& original, const OnDamaged& on_damaged) {
  MergedCatalog catalog;
  for (const Snapshot* member : from_.index.chain_of(original)) {
    const OpenedBackup opened = open_backup(from_.vault, from_.roots, *member, key_);
    catalog.add(opened.container, opened.dek.view(), opened.manifest);
  }
  const std::set<std::uint32_t> usable_now = usable();
  const std::map<std::uint32_t, PackAt> packs = state_.packs();
  for (const std::uint32_t number : usable_now) numbers_[packs.at(number).id] = number;
  StateTurn turn(state_);
  state_.begin_catalog();
  CatalogStage stage(vault_, state_, source_, usable_now);
  while (auto file = catalog.next()) {
    if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
    take_row(stage, *std::move(file), on_damaged);
  }
  staged_ = stage.finish();
  state_.commit_catalog();
  counts_.bytes_added = stage.bytes_put();
}

void CopiedFiles::take_row(CatalogStage& stage, CatalogFile file, const OnDamaged& on_damaged) {
  StoredFile row;
  row.file = std::move(file);
  if (row.file.state == FileState::missing) ++counts_.missing;
  if (row.file.state == FileState::present) ++counts_.files;
  if (row.file.pieces.empty()) return stage.put(std::move(row));
  if (same_vault_) return reuse_pieces(stage, std::move(row), on_damaged);
  stage.read_known();
  if (!stage.known(row.file.content_hash)) return seal_anew(stage, std::move(row), on_damaged);
  stage.place(row);
  stage.put(std::move(row));
}

// The state's number for a pack of this vault, whichever device wrote it.
std::uint32_t CopiedFiles::number_of(const Bytes32& pack_id) {
  const auto found = numbers_.find(pack_id);
  if (found != numbers_.end()) return found->second;
  const ObjectName name = pack_object(pack_id);
  const std::optional<std::uint64_t> size = vault_.storage().size(name);
  if (!size || state_.is_damaged(name)) {
    throw Error(ErrorKind::corrupt, name + " is missing from the vault, or damaged");
  }
  const std::uint32_t number = state_.new_pack(source_);
  state_.note_pack(number, {pack_id, *size});
  numbers_[pack_id] = number;
  return number;
}

void CopiedFiles::reuse_pieces(CatalogStage& stage, StoredFile row, const OnDamaged& on_damaged) {
  try {
    for (CatalogPiece& piece : row.file.pieces) piece.pack = numbered_pack(number_of(piece.pack));
  } catch (const Error& error) {
    if (!is_damage(error)) throw;
    on_damaged(row.file.path, error);
    row = as_missing(std::move(row));
  }
  stage.put(std::move(row));
}

void CopiedFiles::seal_anew(CatalogStage& stage, StoredFile row, const OnDamaged& on_damaged) {
  ContentCheck check;
  std::optional<Error> damage;
  OrderedPipeline<Piece> pipeline(pool_, kPiecesUnderWay, [&](const Piece& piece) {
    if (damage) return;
    damage = piece.error;
    if (damage) return;
    check.add(piece.plain);
    stage.add_piece(piece.sealed);
  });
  for (const CatalogPiece& original : row.file.pieces) {
    pipeline.submit([this, &original](std::size_t worker) {
      Piece piece;
      try {
        piece.plain = reader_.read_piece(original);
        piece.sealed = sealers_[worker].seal(piece.plain);
      } catch (const Error& error) {
        if (!is_damage(error)) throw;
        piece.error = error;
      }
      return piece;
    });
  }
  pipeline.drain();
  try {
    if (damage) throw Error(*damage);
    check.finish(row.file);
    ++counts_.files_new;
    counts_.bytes_new += row.file.size;
    stage.place(row);
  } catch (const Error& error) {
    if (!is_damage(error)) throw;
    on_damaged(row.file.path, error);
    stage.drop_pieces();
    row = as_missing(std::move(row));
  }
  stage.put(std::move(row));
}

}  // namespace valise
