#pragma once

#include "format/root_keys.hpp"
#include "valise/unlock.hpp"
#include "vault/vault.hpp"

namespace valise {

/// How many key files a passphrase is tried on, the highest number first: after a change of
/// passphrase that was cut short, two stand there.
inline constexpr unsigned kKeyFilesTriedMax = 3;

/// Who opened the vault: the owner, or one agent.
struct VaultKey {
  RootKeys keys;
  bool owner = true;
};

/// Opens what `unlock` describes: the owner's key if it is that of the vault's public key, else an
/// agent's. Throws Error(wrong_key), Error(corrupt), Error(limit), Error(not_found) when the vault
/// has no passphrase or the agent's key file is absent.
[[nodiscard]] VaultKey open_vault_key(const Vault& vault, const Unlock& unlock);

/// The same, where only the owner will do; Error(usage) for an agent's key.
[[nodiscard]] RootKeys open_owner_key(const Vault& vault, const Unlock& unlock);

}  // namespace valise
