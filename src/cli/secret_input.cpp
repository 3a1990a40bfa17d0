#include "cli/secret_input.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/new_passphrase.hpp"
#include "cli/terminal.hpp"

namespace valise::cli {

namespace {

constexpr const char* kVariable = "VALISE_PASSPHRASE";
constexpr const char* kFileVariable = "VALISE_PASSPHRASE_FILE";
constexpr const char* kCommandVariable = "VALISE_PASSPHRASE_COMMAND";

std::optional<Secret> take_from_environment() {
  char* value = std::getenv(kVariable);  // NOLINT(concurrency-mt-unsafe): before any thread
  if (value == nullptr) return std::nullopt;
  const std::size_t size = std::strlen(value);
  const MutableByteSpan bytes(reinterpret_cast<std::uint8_t*>(value), size);
  Secret secret = Secret::copy_of(bytes);
  // unsetenv alone would leave the text where /proc/PID/environ shows it.
  wipe(bytes);
  ::unsetenv(kVariable);
  return secret;
}

int options_given(const SecretOptions& options) {
  return int{options.passphrase_file.has_value()} + int{options.passphrase_fd.has_value()} +
         int{options.passphrase_command.has_value()} + int{options.recovery_code} +
         int{options.recovery_code_file.has_value()};
}

bool wants_code(const SecretOptions& options) {
  return options.recovery_code || options.recovery_code_file.has_value();
}

[[noreturn]] void fail_nobody_to_ask(bool code) {
  throw Error(ErrorKind::usage,
              code ? "standard input is no terminal to ask for the recovery code; use "
                     "--recovery-code-file"
                   : "standard input is no terminal to ask for the passphrase; use "
                     "--passphrase-file, --passphrase-fd or --passphrase-command, or set "
                     "VALISE_PASSPHRASE_FILE, VALISE_PASSPHRASE_COMMAND or VALISE_PASSPHRASE");
}

}  // namespace

bool SecretOptions::any() const noexcept {
  return options_given(*this) > 0 || agent_key.has_value();
}

void add_passphrase_options(CLI::App& verb, SecretOptions& options) {
  verb.add_option("--passphrase-file", options.passphrase_file, "Read the passphrase from a file")
      ->type_name("FILE");
  verb.add_option("--passphrase-fd", options.passphrase_fd,
                  "Read the passphrase from an open file descriptor")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000).description(""));
  verb.add_option("--passphrase-command", options.passphrase_command,
                  "Take what this shell command prints as the passphrase")
      ->type_name("COMMAND");
}

void add_recovery_code_options(CLI::App& verb, SecretOptions& options) {
  verb.add_flag("--recovery-code", options.recovery_code,
                "Ask for the recovery code in place of the passphrase");
  verb.add_option("--recovery-code-file", options.recovery_code_file,
                  "Read the recovery code from a file")
      ->type_name("FILE");
}

void add_agent_key_option(CLI::App& verb, SecretOptions& options) {
  verb.add_option("--agent-key", options.agent_key,
                  "Open as an escrow agent: this key file with the agent's own passphrase or "
                  "recovery code")
      ->type_name("FILE");
}

SecretInput::SecretInput(Environment environment)
    : environment_(std::move(environment)), environment_passphrase_(take_from_environment()) {}

bool SecretInput::given_by_environment() const {
  const int given = int{environment_(kFileVariable).has_value()} +
                    int{environment_(kCommandVariable).has_value()} +
                    int{environment_passphrase_.has_value()};
  if (given > 1) {
    throw Error(ErrorKind::usage,
                "more than one of VALISE_PASSPHRASE_FILE, VALISE_PASSPHRASE_COMMAND and "
                "VALISE_PASSPHRASE is set; leave one");
  }
  return given == 1;
}

void SecretInput::require_source(const SecretOptions& options) const {
  const int given = options_given(options);
  if (given > 1) {
    throw Error(ErrorKind::usage,
                "more than one source of a secret is given; leave one of --passphrase-file, "
                "--passphrase-fd, --passphrase-command, --recovery-code and "
                "--recovery-code-file");
  }
  if (given == 1 && !options.recovery_code) return;
  if (given == 0 && given_by_environment()) return;
  if (!Terminal::open()) fail_nobody_to_ask(options.recovery_code);
}

std::optional<Secret> SecretInput::from_environment() {
  if (!given_by_environment()) return std::nullopt;
  if (const std::optional<std::string> file = environment_(kFileVariable)) {
    return read_secret_file(absolute_path(*file, kFileVariable));
  }
  if (const std::optional<std::string> command = environment_(kCommandVariable)) {
    if (command->empty()) throw Error(ErrorKind::usage, "VALISE_PASSPHRASE_COMMAND is empty");
    return read_secret_command(*command);
  }
  if (environment_passphrase_->empty()) {
    throw Error(ErrorKind::usage, "VALISE_PASSPHRASE is empty");
  }
  if (environment_passphrase_->size() > kSecretBytesMax) {
    throw Error(ErrorKind::limit, "VALISE_PASSPHRASE is longer than 4,096 bytes");
  }
  return environment_passphrase_->clone();
}

std::optional<Secret> SecretInput::without_asking(const SecretOptions& options) {
  if (read_before_) return read_before_->clone();
  if (options.recovery_code) return std::nullopt;
  std::optional<Secret> secret;
  if (options.passphrase_file) {
    secret = read_secret_file(absolute_path(*options.passphrase_file, "--passphrase-file"));
  } else if (options.passphrase_fd) {
    secret = read_secret_fd(*options.passphrase_fd);
  } else if (options.passphrase_command) {
    secret = read_secret_command(*options.passphrase_command);
  } else if (options.recovery_code_file) {
    secret = read_secret_file(absolute_path(*options.recovery_code_file, "--recovery-code-file"));
  } else {
    secret = from_environment();
  }
  if (secret) read_before_ = secret->clone();
  return secret;
}

Unlock SecretInput::unlock(const SecretOptions& options, const std::string& what) {
  require_source(options);
  Unlock unlock;
  unlock.kind = wants_code(options) ? Unlock::Kind::recovery_code : Unlock::Kind::passphrase;
  std::string opened = what;
  if (options.agent_key) {
    unlock.agent_key_file = absolute_path(*options.agent_key, "--agent-key");
    opened = "the agent's key " + unlock.agent_key_file->string();
    // Told before anybody types a passphrase for it. A recovery code needs no key file.
    std::error_code error;
    if (unlock.kind == Unlock::Kind::passphrase &&
        !std::filesystem::exists(*unlock.agent_key_file, error) && !error) {
      throw Error(ErrorKind::not_found,
                  unlock.agent_key_file->string() + ": there is no such agent key file");
    }
  }
  if (std::optional<Secret> secret = without_asking(options)) {
    unlock.secret = std::move(*secret);
    return unlock;
  }
  std::optional<Terminal> terminal = Terminal::open();
  if (!terminal) fail_nobody_to_ask(options.recovery_code);
  const char* asked = options.recovery_code ? "Recovery code" : "Passphrase";
  unlock.secret = terminal->ask_secret(std::string(asked) + " of " + opened + ": ");
  return unlock;
}

Secret SecretInput::new_passphrase(const SecretOptions& options, const std::string& what,
                                   const std::string& advice) {
  require_source(options);
  if (std::optional<Secret> secret = without_asking(options)) {
    return accepted_passphrase(std::move(*secret), advice);
  }
  if (!Terminal::open()) fail_nobody_to_ask(false);
  return ask_new_passphrase(what, advice);
}

}  // namespace valise::cli
