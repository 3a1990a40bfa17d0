#pragma once

#include <map>
#include <optional>
#include <vector>

#include "format/root_keys.hpp"
#include "valise/unlock.hpp"
#include "vault/vault.hpp"

namespace valise {

/// How many key files a passphrase is tried on, the highest number first: after a change of
/// passphrase that was cut short, two stand there.
inline constexpr unsigned kKeyFilesTriedMax = 3;

/// The numbers of what is named like a key file in keys/, the highest first. Whoever can write to
/// the storage can put anything there.
[[nodiscard]] std::vector<unsigned> key_file_numbers(const Storage& storage);

/// One of them, if it has the form of a key file and names the owner's public key; more only a
/// passphrase can tell. Throws Error(corrupt), Error(limit), Error(not_found), Error(storage).
[[nodiscard]] Bytes read_key_file(const Vault& vault, unsigned number);

/// Whether read_key_file gives one. Throws Error(storage).
[[nodiscard]] bool may_be_key_file(const Vault& vault, unsigned number);

/// The keys of single backups, 32 bytes each, all in one secret: memory that can be locked is
/// scarce.
struct CombinedKeys {
  std::map<Bytes16, std::size_t> places;  ///< By bid: where in `keys`.
  Secret keys;
};

/// What opens backups: the owner's key, one agent's, or the keys of single backups that several
/// agents gave together (`keys` is then that of their requester).
struct VaultKey {
  RootKeys keys;
  bool owner = true;
  std::optional<CombinedKeys> combined = std::nullopt;
};

/// Opens what `unlock` describes: the owner's key if it is that of the vault's public key, else an
/// agent's. Throws Error(wrong_key), Error(corrupt), Error(limit), Error(not_found) when the vault
/// has no passphrase or the agent's key file is absent.
[[nodiscard]] VaultKey open_vault_key(const Vault& vault, const Unlock& unlock);

/// An agent's key: its key file with its passphrase, or its recovery code alone. Needs no vault.
/// Throws as above.
[[nodiscard]] RootKeys open_agent_key(const Unlock& unlock);

/// The key of the vault, where only the owner will do; Error(usage) for an agent's key.
[[nodiscard]] RootKeys open_owner_key(const Vault& vault, const Unlock& unlock);

}  // namespace valise
