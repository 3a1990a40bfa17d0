#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "state/state.hpp"

namespace valise {

/// Which contents are sealed in packs already, and in which stretch of the state's catalogs their
/// pieces are found: 20 bytes a content, so that a million files fit. `known` is thread-safe; all
/// else is for the thread that owns the state.
class ContentIndex {
 public:
  /// Before anything is read, it knows nothing. Both arguments outlive it.
  ContentIndex(const State& state, const std::set<std::uint32_t>& usable_packs);

  /// Reads the catalogs of all sources, and what a run that was cut short had sealed. Contents with
  /// a piece in a pack that is not usable are left out. Throws StateError.
  void read_state();
  [[nodiscard]] bool known(const Bytes32& content_hash) const;
  /// Whether a content of more than one piece and of this size is known: if not, a film need not be
  /// hashed before it is sealed.
  [[nodiscard]] bool may_know(std::uint64_t size) const { return large_.contains(size); }
  /// The pieces of a content that is known. Throws StateError when the state has lost them.
  [[nodiscard]] std::vector<CatalogPiece> pieces(const Bytes32& content_hash);

  // A stretch under way, whose files are known from now on:
  void add(const Bytes32& content_hash, const std::vector<CatalogPiece>& pieces);
  /// The contents added since the last call are in `chunk` now.
  void closed(std::int64_t chunk);

 private:
  struct Slot {
    Bytes16 key{};
    std::uint32_t chunk = 0;  // Index into chunks_, plus 1; 0 is an empty slot.
  };
  [[nodiscard]] bool is_usable(const CatalogFile& file) const;
  [[nodiscard]] Bytes16 key_of(const Bytes32& content_hash) const;
  [[nodiscard]] std::size_t slot_of(const Bytes16& key) const;
  void insert(const Bytes32& content_hash, const std::vector<CatalogPiece>& pieces);
  [[nodiscard]] const std::vector<StoredFile>& files_of(std::uint32_t chunk);

  const State& state_;
  const std::set<std::uint32_t>& usable_packs_;
  std::set<std::uint32_t> new_packs_;  // Those of this run.
  Bytes32 secret_;                     // Nobody can make contents that share a key.
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;  // A power of two of them, at most two thirds full.
  std::size_t used_ = 0;
  std::set<std::uint64_t> large_;
  std::vector<std::int64_t> chunks_;
  std::vector<std::pair<Bytes32, std::vector<CatalogPiece>>> under_way_;
  std::list<std::pair<std::uint32_t, std::vector<StoredFile>>> cache_;  // The newest first.
};

}  // namespace valise
