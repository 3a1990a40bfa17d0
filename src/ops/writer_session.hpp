#pragma once

#include <optional>

#include "base/files.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "valise/run.hpp"
#include "vault/root_chain.hpp"
#include "vault/vault.hpp"

namespace valise {

/// A device's turn at writing: the lock, the credential, the state, and where its log and the
/// owner's stand. Opening it publishes an entry that an earlier run signed and could not publish,
/// and adopts a newer policy of the owner.
struct WriterSession {
  Vault vault;
  FileLock lock;
  Credential credential;
  State state;
  Entry policy;              ///< In force for this device.
  bool rolled_back = false;  ///< The vault's logs are older than this device remembers.

  /// Throws Error(not_found) when this device is not enrolled or was revoked, Error(locked),
  /// Error(corrupt) when a log is broken or forked, Error(storage).
  [[nodiscard]] static WriterSession open(Storage& storage, const Run& run);

  [[nodiscard]] const PolicyPayload& policy_payload() const { return *policy.as<PolicyPayload>(); }
  /// Publishes the entry that the state keeps as pending, and moves the checkpoint on. This is the
  /// commit point of a backup.
  void publish(const Run& run, const Entry& entry);
  /// Puts an empty state in the place of one that is damaged: the next backup of each source is a
  /// full.
  void renew_state(const Run& run);
};

}  // namespace valise
