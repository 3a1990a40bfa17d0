#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vault/vault.hpp"

namespace valise {

struct AuditBook;

/// A media pack as the vault lists it.
struct ListedPack {
  Bytes32 id{};
  std::uint64_t bytes = 0;
};
/// By id. The packs themselves are not read. Throws Error(storage).
[[nodiscard]] std::vector<ListedPack> list_packs(const Vault& vault);

/// A pack that a container names and that the vault does not hold as it must.
struct LostPack {
  Bytes32 id{};
  bool missing = true;  ///< Else no pack has the length that it has.
};

/// Of one container. A vault whose packs are all there keeps nothing here.
struct LostPacks {
  std::vector<LostPack> packs;  ///< The first of them, at most kLostPacksKeptMax.
  std::uint64_t missing = 0;
  std::uint64_t misshapen = 0;  ///< Of a length that no pack has.
  [[nodiscard]] bool any() const noexcept { return missing + misshapen > 0; }
};
inline constexpr std::size_t kLostPacksKeptMax = 4096;

/// The listed pack of that id; null where there is none. Thread-safe.
[[nodiscard]] const ListedPack* find_pack(const std::vector<ListedPack>& packs, const Bytes32& id);
/// Which of `refs` are not there, or have a length that no pack has. Without a key nobody knows
/// more of a pack's length than that. Thread-safe.
[[nodiscard]] LostPacks lost_packs(const std::vector<ListedPack>& packs,
                                   const std::vector<Bytes32>& refs);

/// Finds what packs are lost, and marks the backups whose containers name them. After
/// check_prunes.
void check_packs(AuditBook& book);

}  // namespace valise
