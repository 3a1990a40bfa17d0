#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "valise/run.hpp"
#include "valise/secret.hpp"

namespace valise {

struct KeygenOptions {
  std::string name;                  ///< The agent's, 1 to 32 bytes of UTF-8.
  std::filesystem::path dir;         ///< Where key file and card are kept.
  std::optional<Secret> passphrase;  ///< Absent: the recovery code alone opens.
  std::uint32_t passphrase_memory_kib = 256 * 1024;
};

struct AgentFiles {
  std::filesystem::path key_file;  ///< Absent where there is no passphrase.
  std::filesystem::path card;
  std::string fingerprint;
};

/// Makes an agent's key file and card (0600, never overwritten). `keep_code` gets the recovery code
/// before anything is written. Throws usage, storage.
[[nodiscard]] AgentFiles escrow_keygen(const Run& run, const KeygenOptions& options,
                                       const std::function<void(const Secret& code)>& keep_code);

/// An owner whose card an agent keeps.
struct KnownOwner {
  std::string name;      ///< As the agent calls the owner.
  std::string owner;     ///< root_pk, 64 hex digits.
  std::string vault_id;  ///< 32 hex digits.
  std::string fingerprint;
};

/// Keeps an owner's card in `dir` under a name of the agent's choice, so that requests and drills
/// can say whose they are. `confirm` gets the fingerprint, to compare by voice, and ends the verb
/// with Error(usage) by returning false. Throws usage (an agent's card, a name that is taken or is
/// none), not_found, corrupt, storage.
[[nodiscard]] KnownOwner keep_owner_card(const std::filesystem::path& dir,
                                         const std::filesystem::path& card, const std::string& name,
                                         const std::function<bool(const KnownOwner&)>& confirm);

}  // namespace valise
