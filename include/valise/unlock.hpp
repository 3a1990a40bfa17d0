#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "valise/secret.hpp"

namespace valise {

/// What opens backups: the owner's passphrase, the owner's recovery code, or an agent's key file
/// together with the agent's own passphrase or recovery code.
struct Unlock {
  enum class Kind { passphrase, recovery_code };
  Kind kind = Kind::passphrase;
  Secret secret;                                        ///< As typed, UTF-8.
  std::optional<std::filesystem::path> agent_key_file;  ///< Set for an agent.
};

/// Called when a verb needs a key, at most once a verb, after it has checked what can be checked
/// without one.
using UnlockSource = std::function<Unlock()>;

}  // namespace valise
