#pragma once

#include <optional>

#include "base/files.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "valise/run.hpp"
#include "vault/root_chain.hpp"
#include "vault/vault.hpp"

namespace valise {

/// What a session is for. One that only looks makes no file and writes nothing, and leaves a policy
/// or an entry that it would take over or publish where it is.
enum class Turn { write, look };

/// A device's turn at writing: the lock, the credential, the state, and where its log and the
/// owner's stand. Opening it adopts a newer policy of the owner, and publishes an entry that an
/// earlier run signed and could not publish.
struct WriterSession {
  Vault vault;
  Turn turn;
  std::optional<FileLock> lock;  ///< None when it looks and there is no lock file.
  Credential credential;
  State state;
  Entry policy;                  ///< In force for this device.
  std::optional<Entry> pending;  ///< Signed and not published; only when it only looks.
  bool rolled_back = false;      ///< The vault's logs are older than this device remembers.

  /// Throws Error(not_found) when this device is not enrolled or was revoked, Error(locked),
  /// Error(corrupt) when a log is broken or forked, Error(storage).
  [[nodiscard]] static WriterSession open(Storage& storage, const Run& run, Turn turn);

  [[nodiscard]] const PolicyPayload& policy_payload() const { return *policy.as<PolicyPayload>(); }
  /// This device's own entry `seq`, published or pending. Throws like read_entry.
  [[nodiscard]] Entry own_entry(std::uint64_t seq) const;
  /// Writes the credential to its file, unless the session only looks.
  void keep_credential(const Run& run) const;
  /// Reads the owner's log and takes over a newer policy than the one in force here; true when
  /// there was one. Called when the session opens, before a backup is signed, and once more when
  /// its container is durable. Throws like open.
  [[nodiscard]] bool adopt_policy(const Run& run);
  /// Whether the owner replaced the policy of `published`, this device's last entry, without having
  /// seen it: neither could see the other. Takes over the newest policy. Throws like open.
  [[nodiscard]] bool was_overtaken(const Run& run, const Entry& published);
  /// Publishes the entry that the state keeps as pending, and moves the checkpoint on. This is the
  /// commit point of a backup.
  void publish(const Run& run, const Entry& entry);
  /// Puts an empty state in the place of one that is damaged: the next backup of each source is a
  /// full.
  void renew_state(const Run& run);
};

}  // namespace valise
