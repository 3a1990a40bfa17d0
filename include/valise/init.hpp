#pragma once

#include <optional>
#include <string>

#include "valise/run.hpp"
#include "valise/secret.hpp"

namespace valise {

struct InitOptions {
  std::optional<Secret> passphrase;  ///< Absent: the recovery code is the only way in.
  std::string device_name;           ///< 1 to 32 bytes of UTF-8; the host's name as a rule.
  /// Argon2id's memory in KiB, 65,536 to 4,194,304.
  std::uint32_t passphrase_memory_kib = 256 * 1024;
};

struct InitResult {
  std::string vault_id;           ///< 32 hex digits.
  std::string owner_fingerprint;  ///< To compare by voice.
  std::string device_id;          ///< The device's public signing key, 64 hex digits.
};

/// How strong a passphrase is: zxcvbn's score from 0 to 4, and whether it is accepted.
struct PassphraseStrength {
  int score = 0;
  bool accepted = false;  ///< score >= 3
};
[[nodiscard]] PassphraseStrength passphrase_strength(const Secret& passphrase);

/// Throws Error(usage) when a vault stands in the folder already: to be told before anybody is
/// asked for a passphrase.
void refuse_existing_vault(const std::filesystem::path& folder);

/// Makes a vault in an absent or empty folder and enrols this device. `keep_code` gets the
/// recovery code (44 bytes of ASCII) before anything is written: if it throws, nothing was made.
/// Throws usage (weak passphrase, a folder that is not empty, a file system that cannot rename
/// without replacing), storage.
[[nodiscard]] InitResult init_vault(const Run& run, const InitOptions& options,
                                    const std::function<void(const Secret& code)>& keep_code);

}  // namespace valise
