#pragma once

#include <filesystem>
#include <optional>

#include "format/card.hpp"
#include "format/root_keys.hpp"
#include "valise/unlock.hpp"

namespace valise {

/// Who the agent of a key file is, as far as its own machine tells without a secret.
struct AgentIdentity {
  Bytes32 sign_pk{};
  std::optional<Card> card;   ///< The one beside the key file, where it is the same agent's.
  bool has_key_file = false;  ///< There is one, sound or not.
};

/// Throws Error(usage) where something stands at `path` that is neither a key file, nor what is
/// left of a damaged one, nor a link to one of these: nothing else may be written over. Opens no
/// pipe or device. Throws Error(storage).
void refuse_other_than_key_file(const std::filesystem::path& path);

/// By the key file, or by the card beside it where there is none (an agent without a passphrase) or
/// where it is damaged. Throws Error(not_found) when there is neither, Error(corrupt).
[[nodiscard]] AgentIdentity identify_agent(const std::filesystem::path& key_file);

/// The agent's keys, by the passphrase or the recovery code; a code must be this agent's. Throws
/// Error(wrong_key), Error(not_found), Error(corrupt), Error(limit).
[[nodiscard]] RootKeys open_agent_key(const Unlock& unlock, const std::filesystem::path& key_file,
                                      const AgentIdentity& agent);

/// The keys of a recovery code that must be those of `sign_pk`; `whose` says in words whose they
/// should be: "the vault /mnt/usb/vault". Throws Error(wrong_key).
[[nodiscard]] RootKeys keys_of_code(const Secret& code, const Bytes32& sign_pk,
                                    const std::string& whose);

}  // namespace valise
