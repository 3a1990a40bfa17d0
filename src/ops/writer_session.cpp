#include "ops/writer_session.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void warn(const Run& run, const std::string& text) {
  if (run.on_warning) run.on_warning(text);
}

Credential enrolled(const Vault& vault, const Run& run) {
  std::optional<Credential> credential = load_credential(run.places.config_dir, vault.id());
  if (!credential) {
    throw Error(ErrorKind::not_found,
                "this device is not enrolled in " + vault.storage().describe() +
                    "; enrol it with \"valise key add-device\" (it asks for the passphrase or the "
                    "recovery code once)");
  }
  return std::move(*credential);
}

Entry parse_pending(ByteSpan bytes) {
  const std::string object = "the pending entry of the state";
  try {
    return parse_entry(bytes, object);
  } catch (const Error& error) {
    throw StateError(error.what());
  }
}

// A run that was cut short between the state's transaction and the entry left a signed entry. The
// same bytes are published now, never a second entry with that number.
void publish_pending(WriterSession& session, const Run& run) {
  const std::optional<Bytes> bytes = session.state.pending_entry();
  if (!bytes) return;
  const Entry entry = parse_pending(*bytes);
  const auto* backup = entry.as<BackupPayload>();
  const bool next = entry.header.seq == session.credential.own.seq + 1 &&
                    entry.header.prev == session.credential.own.entry_id && backup != nullptr;
  if (next && session.vault.storage().size(container_object(backup->bid))) {
    session.publish(run, entry);
    warn(run, "the last run was cut short; its backup " + hex(backup->bid) + " is complete now");
    return;
  }
  session.state.clear_pending();
}

// False when another entry stands in the place of this device's last one. One that is gone or
// damaged is warned of and is no obstacle: its id is known, which is all that the next one needs.
bool is_own_last_entry(const WriterSession& session, const Run& run) {
  const Credential& credential = session.credential;
  try {
    return read_entry(session.vault, credential.signing_key().public_key(), credential.own.seq)
               .id == credential.own.entry_id;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) throw;
    warn(run, std::string(error.what()) + "; run \"valise audit\"");
    return true;
  }
}

// Where this device's own log stands. It only ever moves on.
void reconcile_own_log(WriterSession& session, const Run& run) {
  const Credential& credential = session.credential;
  const Bytes32 signer = credential.signing_key().public_key();
  const std::uint64_t highest = highest_seq(session.vault, signer);
  const std::uint64_t known = credential.own.seq;
  if (highest < known) {
    session.rolled_back = true;
    return;
  }
  if (known > 0 && !is_own_last_entry(session, run)) {
    throw Error(ErrorKind::corrupt,
                entry_object(signer, known) +
                    ": it is not the entry that this device wrote (is its credential used on two "
                    "machines?); run \"valise audit\", then enrol this device anew");
  }
  if (highest == known) return;
  // A credential from before the last runs: the entries after it are signed by this very key.
  const std::vector<Entry> later =
      read_log(session.vault, signer, {known, credential.own.entry_id});
  session.credential.own = {later.back().header.seq, later.back().id};
  save_credential(run.places.config_dir, session.credential);
}

void adopt_policy(WriterSession& session, const Run& run) {
  Credential& credential = session.credential;
  const SigningKey key = credential.signing_key();
  const std::string place = session.vault.storage().describe();
  session.policy = parse_entry(credential.policy, "the policy in the credential");
  const std::uint64_t highest = highest_seq(session.vault, session.vault.root_pk());
  if (highest < credential.root.seq) {
    session.rolled_back = true;
    return;
  }
  const RootChain roots = RootChain::read(session.vault);
  if (roots.id_at(credential.root.seq) != credential.root.entry_id) {
    throw Error(ErrorKind::corrupt, place +
                                        "/log: the owner's log is not the one that this device "
                                        "knows; run \"valise audit\"");
  }
  const Device* self = roots.find_device(key.public_key());
  if (self == nullptr) {
    throw Error(ErrorKind::corrupt, place + "/log: the owner's log no longer names this device");
  }
  if (self->revoked) {
    throw Error(ErrorKind::not_found,
                "this device was revoked by the owner; enrol it anew with "
                "\"valise key add-device\"");
  }
  const Entry& policy = roots.policy();
  const bool newer = policy.id != session.policy.id;
  if (newer) {
    std::optional<Secret> psks =
        open_policy_psks(policy, key.public_key(), credential.device_psk.view());
    if (!psks && self->entry.as<DevicePayload>()->policy == policy.id) {
      psks = open_device_psks(self->entry, credential.device_psk.view());
    }
    if (!psks) {
      throw Error(ErrorKind::wrong_key,
                  "the owner's newest policy does not open for this device; the owner should sign "
                  "it again with \"valise policy set\"");
    }
    credential.policy = policy.bytes;
    credential.psks = std::move(*psks);
    session.policy = policy;
  }
  if (newer || credential.root.seq != roots.head().seq) {
    credential.root = {roots.head().seq, roots.head().entry_id};
    save_credential(run.places.config_dir, credential);
  }
}

}  // namespace

WriterSession WriterSession::open(Storage& storage, const Run& run) {
  Vault vault = Vault::open(storage);
  const std::filesystem::path folder = state_folder(run.places.state_dir, vault.id());
  static_cast<void>(enrolled(vault, run));
  make_folders(folder);
  FileLock lock(folder / "lock", run.lock_wait_seconds,
                "the vault " + storage.describe() + " on this device", run.cancellation);
  // Read under the lock: another run may just have moved the checkpoint.
  Credential credential = enrolled(vault, run);
  State state = State::open(run.places.state_dir, vault.id(), credential.secret.view());
  WriterSession session{vault, std::move(lock), std::move(credential), std::move(state), Entry{},
                        false};
  // The log first: an entry that waits in the state is older than one that stands there already.
  reconcile_own_log(session, run);
  try {
    publish_pending(session, run);
  } catch (const StateError&) {
    session.renew_state(run);
  }
  adopt_policy(session, run);
  return session;
}

void WriterSession::renew_state(const Run& run) {
  state.roll_back();
  discard_state(run.places.state_dir, vault.id());
  state = State::open(run.places.state_dir, vault.id(), credential.secret.view());
}

void WriterSession::publish(const Run& run, const Entry& entry) {
  publish_entry(vault, entry);
  credential.own = {entry.header.seq, entry.id};
  save_credential(run.places.config_dir, credential);
  state.clear_pending();
}

}  // namespace valise
