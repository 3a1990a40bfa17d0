#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "storage/storage.hpp"

namespace valise {

inline constexpr std::string_view kVaultMagic = "VLSVAUL1";
inline constexpr std::size_t kVaultObjectBytes = 40;

[[nodiscard]] Bytes encode_vault_object(const Bytes32& root_pk);

/// A vault: a storage and the owner's public signing key that stands in it. The key is a claim
/// until it is compared with one held elsewhere (a credential, a card, an opened seed).
class Vault {
 public:
  /// Reads the object `vault`; `storage` must outlive the result. Throws Error(not_found) when it
  /// holds none, Error(corrupt) when it is not one.
  [[nodiscard]] static Vault open(Storage& storage);

  [[nodiscard]] Storage& storage() const noexcept { return *storage_; }
  [[nodiscard]] const Bytes32& root_pk() const noexcept { return root_pk_; }
  [[nodiscard]] const Bytes16& id() const noexcept { return id_; }

 private:
  Vault(Storage& storage, const Bytes32& root_pk);
  Storage* storage_;
  Bytes32 root_pk_;
  Bytes16 id_;
};

}  // namespace valise
