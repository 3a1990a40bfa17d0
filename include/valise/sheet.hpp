#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

/// What stands on a recovery sheet beside the code.
struct RecoverySheet {
  std::string vault_id;  ///< 32 hex digits.
  std::string owner_fingerprint;
  std::filesystem::path vault;
  UnixSeconds made = 0;
  bool has_passphrase = false;  ///< The vault holds a key file.
};

/// Opens the owner's key and hands the recovery code (44 bytes of ASCII) to `write`, which may
/// throw. Changes nothing in the vault. Throws usage (an agent's key), not_found, wrong_key,
/// corrupt, storage.
[[nodiscard]] RecoverySheet make_recovery_sheet(
    const Run& run, const UnlockSource& unlock,
    const std::function<void(const RecoverySheet&, const Secret& code)>& write);

}  // namespace valise
