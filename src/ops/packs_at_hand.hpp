#pragma once

#include <map>
#include <set>
#include <string>

#include "state/state.hpp"
#include "vault/object_names.hpp"
#include "vault/vault.hpp"

namespace valise {

/// Which packs tonight's catalog may name: those that usable_packs() gives, and those of rows that
/// are kept as they were because nothing else has their content. Such a pack may be away for one
/// night only, where a sync has not brought it yet; the key in the row is all that ever opens it.
/// Not thread-safe.
class PacksAtHand {
 public:
  /// `usable` is what usable_packs() gives; the others outlive it. Throws StateError.
  PacksAtHand(const Vault& vault, const State& state, std::set<std::uint32_t> usable);

  [[nodiscard]] const std::set<std::uint32_t>& usable() const noexcept { return usable_; }
  /// Whether all pieces of a row stand in usable packs.
  [[nodiscard]] bool has(const CatalogFile& file) const;
  /// What keeps a row's content from being read, in words that name the pack: it is missing from
  /// the vault, or damaged. Empty where it can be read. Throws Error(storage).
  [[nodiscard]] std::string loss_of(const CatalogFile& file);
  /// The row stays in the catalog, whatever has become of its packs.
  void keep(const CatalogFile& file);
  /// Packs of kept rows that are not usable.
  [[nodiscard]] const std::set<std::uint32_t>& kept() const noexcept { return kept_; }
  /// Those of them that are missing or damaged: what loss_of says of each.
  [[nodiscard]] std::set<std::string> losses() const;

 private:
  [[nodiscard]] const std::string& loss_of_pack(std::uint32_t number);

  const Vault& vault_;
  const State& state_;
  std::set<std::uint32_t> usable_;
  std::map<std::uint32_t, PackAt> packs_;
  std::map<std::uint32_t, std::string> losses_;  // Of those that were asked for.
  std::set<std::uint32_t> kept_;
};

}  // namespace valise
