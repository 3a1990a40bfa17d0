#include "ops/writer_session.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/log_doubts.hpp"
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
// same bytes are published now, never a second entry with that number; but not when the owner has
// changed the policy since: nobody but he says who can open a backup that nobody has seen yet.
void publish_pending(WriterSession& session, const Run& run) {
  const std::optional<Bytes> bytes = session.state.pending_entry();
  if (!bytes) return;
  const Entry entry = parse_pending(*bytes);
  const auto* backup = entry.as<BackupPayload>();
  const bool next = backup != nullptr && entry.header.seq == session.credential.own.seq + 1 &&
                    entry.header.prev == session.credential.own.entry_id;
  if (next && backup->policy != session.policy.id) {
    warn(run, "the last run was cut short, and the policy has changed since; its backup " +
                  hex(backup->bid) + " is dropped");
    // Nobody whom the owner has shut out since is to read it.
    if (session.turn == Turn::write && !session.rolled_back) {
      session.vault.storage().remove(container_object(backup->bid));
    }
  } else if (next && session.vault.storage().size(container_object(backup->bid))) {
    if (session.turn == Turn::look) {
      session.pending = entry;
      session.credential.own = {entry.header.seq, entry.id};
      return;
    }
    session.publish(run, entry);
    warn(run, "the last run was cut short; its backup " + hex(backup->bid) + " is complete now");
    return;
  } else if (next) {
    warn(run,
         fmt::format("the last run was cut short, and the container of its backup {} of {} has "
                     "gone from the vault since; that night is lost",
                     hex(backup->bid), rfc3339(entry.header.time)));
  }
  if (session.turn == Turn::write) session.state.clear_pending();
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

std::optional<Bytes> known_pending(const State& state) {
  try {
    return state.pending_entry();
  } catch (const StateError&) {
    return std::nullopt;
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
                fmt::format("{}: it is not the entry that this device wrote (is its credential "
                            "used on two machines?); run \"valise audit\", revoke the device with "
                            "\"valise key revoke-device {} --last-good SNAPSHOT\", then enrol it "
                            "anew with \"valise key add-device\"",
                            entry_object(signer, known), hex(signer).substr(0, 16)));
  }
  // Something stands under the last number; but one that is damaged hides no log that was cut back.
  if (known > 1 && highest_signed_seq(session.vault, signer) + 1 < known) {
    session.rolled_back = true;
    return;
  }
  if (highest == known) return;
  // They are signed by this very key.
  const std::vector<Entry> later =
      read_log(session.vault, signer, {known, credential.own.entry_id});
  const LogHead end{later.back().header.seq, later.back().id};
  if (const auto beyond = beyond_own_memory(credential, end, known_pending(session.state))) {
    warn(run, *beyond + copy_at_large(credential));
  }
  session.credential.own = {end.seq, end.entry_id};
  session.keep_credential(run);
}

State open_state(const Vault& vault, const Run& run, const Credential& credential, Turn turn) {
  const ByteSpan secret = credential.secret.view();
  if (turn == Turn::write) return State::open(run.places.state_dir, vault.id(), secret);
  std::optional<State> found = State::look(run.places.state_dir, vault.id(), secret);
  return found ? std::move(*found) : State::in_memory(secret);
}

}  // namespace

WriterSession WriterSession::open(Storage& storage, const Run& run, Turn turn) {
  Vault vault = Vault::open(storage);
  const std::filesystem::path folder = state_folder(run.places.state_dir, vault.id());
  static_cast<void>(enrolled(vault, run));
  std::optional<FileLock> lock;
  if (turn == Turn::write) make_folders(folder);
  // Who only looks makes no lock, and respects the one that there is.
  std::error_code error;
  if (turn == Turn::write || std::filesystem::exists(folder / "lock", error)) {
    try {
      lock.emplace(folder / "lock", run.lock_wait_seconds,
                   "the vault " + storage.describe() + " on this device", run.cancellation);
    } catch (const Error& failure) {
      // In a folder that can only be read, nobody else writes either.
      if (turn == Turn::write || failure.kind() != ErrorKind::storage) throw;
    }
  }
  // Read under the lock: another run may just have moved the checkpoint.
  Credential credential = enrolled(vault, run);
  State state = open_state(vault, run, credential, turn);
  Entry policy = parse_entry(credential.policy, "the policy in the credential");
  WriterSession session{vault,
                        turn,
                        std::move(lock),
                        std::move(credential),
                        std::move(state),
                        std::move(policy),
                        std::nullopt,
                        false};
  // The log first: an entry that waits in the state is older than one that stands there already.
  reconcile_own_log(session, run);
  static_cast<void>(session.adopt_policy(run));
  try {
    publish_pending(session, run);
  } catch (const StateError&) {
    session.renew_state(run);
  }
  return session;
}

Entry WriterSession::own_entry(std::uint64_t seq) const {
  if (pending && pending->header.seq == seq) return *pending;
  return read_entry(vault, credential.signing_key().public_key(), seq);
}

void WriterSession::keep_credential(const Run& run) const {
  if (turn == Turn::write) save_credential(run.places.config_dir, credential);
}

void WriterSession::renew_state(const Run& run) {
  state.roll_back();
  if (turn == Turn::look) {
    state = State::in_memory(credential.secret.view());
    return;
  }
  discard_state(run.places.state_dir, vault.id());
  state = State::open(run.places.state_dir, vault.id(), credential.secret.view());
}

void WriterSession::publish(const Run& run, const Entry& entry) {
  publish_entry(vault, entry);
  credential.own = {entry.header.seq, entry.id};
  keep_credential(run);
  state.clear_pending();
}

}  // namespace valise
