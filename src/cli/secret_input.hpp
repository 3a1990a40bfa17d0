#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/places.hpp"
#include "cli/secret_source.hpp"
#include "valise/unlock.hpp"

namespace valise::cli {

/// The options by which a verb is told where a secret comes from; never the secret itself, since
/// every user of a machine can read the arguments of every process.
struct SecretOptions {
  std::optional<std::string> passphrase_file;
  std::optional<int> passphrase_fd;
  std::optional<std::string> passphrase_command;
  bool recovery_code = false;
  std::optional<std::string> recovery_code_file;
  std::optional<std::string> agent_key;

  /// True if any of them was given.
  [[nodiscard]] bool any() const noexcept;
};

void add_passphrase_options(CLI::App& verb, SecretOptions& options);
void add_recovery_code_options(CLI::App& verb, SecretOptions& options);
void add_agent_key_option(CLI::App& verb, SecretOptions& options);

/// Gets secrets. Precedence: an option (one at most), else one of the environment variables
/// VALISE_PASSPHRASE_FILE, VALISE_PASSPHRASE_COMMAND and VALISE_PASSPHRASE (one at most), else the
/// terminal. Two on one level are an Error(usage): it would be a guess which was meant.
class SecretInput {
 public:
  /// Takes VALISE_PASSPHRASE out of the environment, wiping it there, so that neither a child nor
  /// /proc shows it any longer.
  explicit SecretInput(Environment environment = system_environment);

  /// Throws Error(usage) at once when two sources are given, or none and nobody to ask.
  void require_source(const SecretOptions& options) const;
  /// Whether one of the environment variables gives a secret. Throws Error(usage) for two of them.
  [[nodiscard]] bool given_by_environment() const;
  /// `what` names what will be opened, for the question: "the vault /mnt/usb/vault".
  [[nodiscard]] Unlock unlock(const SecretOptions& options, const std::string& what);
  /// A passphrase to be set; typed twice at the terminal. One that is too easy to guess is refused
  /// with an explanation, at the terminal asked for again.
  /// `advice` ends that explanation.
  [[nodiscard]] Secret new_passphrase(const SecretOptions& options, const std::string& what,
                                      const std::string& advice = {});

 private:
  [[nodiscard]] std::optional<Secret> from_environment();
  [[nodiscard]] std::optional<Secret> without_asking(const SecretOptions& options);

  Environment environment_;
  std::optional<Secret> environment_passphrase_;
  /// A descriptor can be read once only, and a command should be run once only.
  std::optional<Secret> read_before_;
};

}  // namespace valise::cli
