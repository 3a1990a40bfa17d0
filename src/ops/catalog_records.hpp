#pragma once

#include <map>
#include <set>
#include <vector>

#include "crypto/wipe_guard.hpp"
#include "format/catalog_writer.hpp"
#include "format/media_piece.hpp"
#include "state/state.hpp"
#include "vault/container_writer.hpp"

namespace valise {

/// Writes catalog records into a container, and gathers the packs that they name.
/// Format: formats/catalog.md. Not thread-safe.
class CatalogRecords {
 public:
  /// Both arguments outlive it.
  CatalogRecords(const State& state, ContainerWriter& writer);
  /// The whole catalog that these chunks are.
  void write_full(const std::vector<std::int64_t>& chunks);
  /// What differs between last night's and tonight's; a chunk that both have is not even read.
  void write_changes(const std::vector<std::int64_t>& before,
                     const std::vector<std::int64_t>& after);
  /// Ascending. After write_full or write_changes.
  [[nodiscard]] std::vector<Bytes32> refs() const;

 private:
  void add(CatalogFile file);
  void seal(ByteSpan plain);

  const State& state_;
  ContainerWriter& container_;
  std::map<std::uint32_t, PackAt> packs_;
  std::set<Bytes32> refs_;
  FrameCompressor compressor_;
  CatalogWriter writer_;
};

}  // namespace valise
