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

}  // namespace valise
