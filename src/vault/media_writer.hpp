#pragma once

#include <functional>
#include <optional>

#include "base/ordered_pipeline.hpp"
#include "format/catalog.hpp"
#include "format/media_pack.hpp"
#include "format/media_piece.hpp"
#include "vault/vault.hpp"

namespace valise {

/// Gathers sealed pieces into media packs and puts them into the vault, each read back before it
/// counts. Packs are hashed and written on two threads of their own, which mostly wait for the
/// disk, while the next one is filled: memory is that of three. Pieces come sealed. What a run that
/// ends early has put is an orphan, and harmless. Not thread-safe.
class MediaWriter {
 public:
  /// What a pack is called until its id is known, asked for once for each.
  using NamePack = std::function<Bytes32()>;
  /// Called, on the thread that calls the writer, when a pack is durable.
  using PackDurable =
      std::function<void(const Bytes32& name, const Bytes32& id, std::uint64_t bytes)>;
  MediaWriter(const Vault& vault, NamePack name_pack, PackDurable on_durable);

  /// Where the piece stands; `pack` of the result is the pack's name.
  [[nodiscard]] CatalogPiece add(const SealedPiece& piece);
  /// Closes the last pack and waits until all are durable.
  void finish();
  /// Of all packs that are durable.
  [[nodiscard]] std::uint64_t bytes_put() const noexcept { return bytes_put_; }

 private:
  struct Put {
    Bytes32 name{};
    Bytes32 id{};
    Bytes file;
  };
  void close_pack();

  const Vault& vault_;
  NamePack name_pack_;
  PackDurable on_durable_;
  std::optional<MediaPackBuilder> builder_;  // Of the pack under way.
  Bytes room_;                               // Of a pack that is durable, for the next one.
  Bytes32 name_{};
  std::uint64_t bytes_put_ = 0;
  WorkerPool disk_{2};
  // Last, so that it ends first: its steps use what stands above.
  OrderedPipeline<Put> putting_;
};

}  // namespace valise
