#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "valise/secret.hpp"

namespace valise::cli {

/// Where the new passphrase comes from when an old one is given as well. No environment variable:
/// those name the one that opens.
struct NewPassphraseOptions {
  std::optional<std::string> file;
  std::optional<int> fd;
  std::optional<std::string> command;
};

void add_new_passphrase_options(CLI::App& verb, NewPassphraseOptions& options);

/// Throws Error(usage) at once when two sources are given, or none and nobody to ask.
void require_new_passphrase_source(const NewPassphraseOptions& options);

/// The new passphrase of `what`; typed twice at the terminal. Throws Error(usage) for one that is
/// easy to guess.
[[nodiscard]] Secret read_new_passphrase(const NewPassphraseOptions& options,
                                         const std::string& what);

// The same for every verb that sets a passphrase; `advice` ends the sentence about what to take
// instead of a weak one.

/// The passphrase if it is hard enough to guess, else Error(usage).
[[nodiscard]] Secret accepted_passphrase(Secret passphrase, const std::string& advice);
/// Asks twice, and three times over for one that is weak or mistyped. Error(usage) without a
/// terminal.
[[nodiscard]] Secret ask_new_passphrase(const std::string& what, const std::string& advice);

}  // namespace valise::cli
