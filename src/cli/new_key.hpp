#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/code_keeper.hpp"
#include "cli/secret_input.hpp"
#include "valise/error.hpp"

namespace valise::cli {

/// Of Argon2id, for every guess of a passphrase.
constexpr std::uint32_t kPassphraseMemoryMib = 256;

/// What `init` and `escrow keygen` are told about the key they make.
struct NewKeyOptions {
  bool no_passphrase = false;
  std::optional<std::string> recovery_code_to;
  std::uint32_t passphrase_memory_mib = kPassphraseMemoryMib;
};

void add_passphrase_memory_option(CLI::App& verb, std::uint32_t& memory_mib);
void add_new_key_options(CLI::App& verb, NewKeyOptions& options);

/// The new passphrase, or nothing with --no-passphrase. Throws Error(usage) when both are given, or
/// for a passphrase that is easy to guess.
[[nodiscard]] std::optional<Secret> new_key_passphrase(SecretInput& input,
                                                       const SecretOptions& secret,
                                                       const NewKeyOptions& options,
                                                       const std::string& what);

/// Runs a verb of the library that hands out a new recovery code; where it fails after the code was
/// written to a file, the error says so.
template <typename MakeKey>
auto keep_code_and(CodeKeeper& keeper, MakeKey make_key) {
  try {
    return make_key([&keeper](const Secret& code) { keeper.keep(code); });
  } catch (const Error& error) {
    if (keeper.leftover().empty()) throw;
    throw Error(error.kind(), std::string(error.what()) + ". " + keeper.leftover());
  }
}

}  // namespace valise::cli
