#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct PassphraseChange {
  /// Argon2id's memory in KiB, 65,536 to 4,194,304.
  std::uint32_t memory_kib = 256 * 1024;
  /// An agent's key file, whose passphrase is changed; absent: the owner's of the vault.
  std::optional<std::filesystem::path> agent_key_file;
};

struct PassphraseChangeResult {
  /// The new key file: its object in the vault, or an agent's file.
  std::string key_file;
  bool first = false;                ///< There was no passphrase before.
  std::vector<std::string> removed;  ///< Older key files of the vault that are gone now.
};

/// Gives the owner's key, or an agent's, a new passphrase. `new_passphrase` is called once the old
/// passphrase or the code has opened, and may throw. The recovery code stays as it is. At every
/// moment the old or the new passphrase opens: the new key file is durable before the old one goes.
/// Whoever has a copy of an old key file can open that copy with the old passphrase for ever.
/// Throws usage (a weak passphrase), not_found, wrong_key, corrupt, limit, storage.
[[nodiscard]] PassphraseChangeResult change_passphrase(
    const Run& run, const PassphraseChange& change, const UnlockSource& unlock,
    const std::function<Secret()>& new_passphrase);

struct RecoveryCheck {
  bool agent = false;
  std::string vault_id;     ///< 32 hex digits; empty for an agent.
  std::string fingerprint;  ///< The owner's; an agent's where its card stands beside the key file.
  std::string name;         ///< "owner", or an agent's where its card is there.
};

/// Says that a recovery code is that of the vault's owner, or of the agent whose key file (or the
/// card beside it) is given, and changes nothing. `code` is called once the vault or the file was
/// found. Throws wrong_key, with a message that tells a mistyped code from one that belongs
/// elsewhere; not_found, corrupt, storage.
[[nodiscard]] RecoveryCheck check_recovery_code(
    const Run& run, const std::optional<std::filesystem::path>& agent_key_file,
    const std::function<Secret()>& code);

}  // namespace valise
