#include "cli/new_passphrase.hpp"

#include <utility>

#include "cli/places.hpp"
#include "cli/secret_source.hpp"
#include "cli/terminal.hpp"
#include "valise/error.hpp"
#include "valise/init.hpp"

namespace valise::cli {

namespace {

constexpr int kTriesMax = 3;
constexpr const char* kNoOther = "";

std::string weak_passphrase_text(int score, const std::string& advice) {
  return "this passphrase is too easy to guess (" + std::to_string(score) +
         " of 4; 3 is needed): whoever copies the key file can try as many as he likes. Take six "
         "words drawn by chance (dice and a word list, or a password manager)" +
         advice;
}

[[noreturn]] void fail_nobody_to_ask_for_new() {
  throw Error(ErrorKind::usage,
              "standard input is no terminal to ask for the new passphrase; use "
              "--new-passphrase-file, --new-passphrase-fd or --new-passphrase-command");
}

int sources_given(const NewPassphraseOptions& options) {
  return int{options.file.has_value()} + int{options.fd.has_value()} +
         int{options.command.has_value()};
}

}  // namespace

void add_new_passphrase_options(CLI::App& verb, NewPassphraseOptions& options) {
  verb.add_option("--new-passphrase-file", options.file, "Read the new passphrase from a file")
      ->type_name("FILE");
  verb.add_option("--new-passphrase-fd", options.fd,
                  "Read the new passphrase from an open file descriptor")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000).description(""));
  verb.add_option("--new-passphrase-command", options.command,
                  "Take what this shell command prints as the new passphrase")
      ->type_name("COMMAND");
}

void require_new_passphrase_source(const NewPassphraseOptions& options) {
  const int given = sources_given(options);
  if (given > 1) {
    throw Error(ErrorKind::usage,
                "more than one source of the new passphrase is given; leave one of "
                "--new-passphrase-file, --new-passphrase-fd and --new-passphrase-command");
  }
  if (given == 0 && !Terminal::open()) fail_nobody_to_ask_for_new();
}

Secret read_new_passphrase(const NewPassphraseOptions& options, const std::string& what) {
  if (options.file) {
    return accepted_passphrase(
        read_secret_file(absolute_path(*options.file, "--new-passphrase-file")), kNoOther);
  }
  if (options.fd) return accepted_passphrase(read_secret_fd(*options.fd), kNoOther);
  if (options.command) return accepted_passphrase(read_secret_command(*options.command), kNoOther);
  return ask_new_passphrase(what, kNoOther);
}

Secret accepted_passphrase(Secret passphrase, const std::string& advice) {
  const PassphraseStrength strength = passphrase_strength(passphrase);
  if (strength.accepted) return passphrase;
  throw Error(ErrorKind::usage, weak_passphrase_text(strength.score, advice));
}

Secret ask_new_passphrase(const std::string& what, const std::string& advice) {
  std::optional<Terminal> terminal = Terminal::open();
  if (!terminal) fail_nobody_to_ask_for_new();
  for (int tries = 0; tries < kTriesMax; ++tries) {
    Secret secret = terminal->ask_secret("New passphrase of " + what + ": ");
    const PassphraseStrength strength = passphrase_strength(secret);
    if (!strength.accepted) {
      terminal->show(weak_passphrase_text(strength.score, advice) + "\n");
      continue;
    }
    const Secret again = terminal->ask_secret("The same once more: ");
    if (equal_secret(secret.view(), again.view())) return secret;
    terminal->show("The two are not the same.\n");
  }
  throw Error(ErrorKind::usage, "no passphrase after three tries; nothing was made");
}

}  // namespace valise::cli
