#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "crypto/sign.hpp"
#include "format/entry.hpp"

namespace valise {

/// Where a signer's chain stood when this device last saw it.
struct Checkpoint {
  std::uint64_t seq = 0;
  Bytes32 entry_id{};
  [[nodiscard]] bool operator==(const Checkpoint&) const = default;
};

/// A snapshot of this device that may be all that has some attachments of its source: no prune of
/// this device gives it up unasked.
struct HeldSnapshot {
  Bytes16 source{};
  Bytes16 bid{};
  [[nodiscard]] bool operator==(const HeldSnapshot&) const = default;
};

/// So many are remembered. None is let go for another.
inline constexpr std::size_t kHeldMax = 10'000;

/// What makes a machine a writer of one vault: enough to seal and to sign, nothing that opens.
/// Kept in <config>/<vault id>/credential, mode 0600; the secrets are in locked memory.
struct Credential {
  Bytes32 root_pk{};
  Bytes32 owner_pk{};
  Secret owner_psk;
  Secret device_seed;  ///< Of the device's Ed25519 key.
  Secret device_psk;   ///< dpsk
  Secret secret;       ///< 32 random bytes: names of sources and the state's key come from it.
  std::string device_name;
  Bytes32 device_entry{};  ///< The DEVICE entry: where this device's chain begins.
  Checkpoint own;          ///< The last own entry; seq 0 and device_entry at first.
  Checkpoint root;         ///< The owner's chain as last seen.
  Bytes policy;            ///< The POLICY entry in force, as stored in the vault.
  Secret psks;             ///< Its agents' psks, 32 n bytes.
  std::vector<std::filesystem::path> sources;  ///< Canonical paths, in the order of first backup.
  std::vector<HeldSnapshot> held;              ///< The oldest first. Here, as a state may be lost.
  /// An own entry that a run was about to publish; seq 0: none was yet. Whether it stands in the
  /// log is not known where the run was cut short. Backups leave theirs in the state.
  Checkpoint announced;

  [[nodiscard]] SigningKey signing_key() const { return SigningKey(device_seed.view()); }
};

/// The folder of a vault's credential.
[[nodiscard]] std::filesystem::path credential_folder(const std::filesystem::path& config_dir,
                                                      const Bytes16& vault_id);

/// Nothing when this machine is not enrolled. Throws Error(corrupt) naming the file.
[[nodiscard]] std::optional<Credential> load_credential(const std::filesystem::path& config_dir,
                                                        const Bytes16& vault_id);

/// Replaces the file in one step. Throws Error(storage).
void save_credential(const std::filesystem::path& config_dir, const Credential& credential);

/// Gives a credential that is damaged another name beside it: credential.damaged, and a number
/// where one of that name stands there. Throws Error(storage).
void set_credential_aside(const std::filesystem::path& config_dir, const Bytes16& vault_id);

/// source16 of crypto: the name of a source, without saying which.
[[nodiscard]] Bytes16 source_id(const Credential& credential, const std::string& profile,
                                const std::filesystem::path& path);

/// The same for the copies of a source of a vault: those of one source stay together, and neither
/// vault shows which source of the other it is. Format: formats/entry.md.
[[nodiscard]] Bytes16 copy_source_id(const Credential& credential, const Bytes16& vault_id,
                                     const Bytes16& source);

}  // namespace valise
