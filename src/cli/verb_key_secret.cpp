// The verbs of `key` that have to do with passphrase and recovery code.

#include <fmt/format.h>

#include "cli/key_verbs.hpp"
#include "cli/new_key.hpp"
#include "cli/new_passphrase.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "valise/key.hpp"

namespace valise::cli {

namespace {

std::optional<std::filesystem::path> agent_key_of(const SecretOptions& secret) {
  if (!secret.agent_key) return std::nullopt;
  return absolute_path(*secret.agent_key, "--agent-key");
}

std::string what_of(const Run& run, const std::optional<std::filesystem::path>& agent_key) {
  return agent_key ? "the agent's key " + printable_path(*agent_key)
                   : "the vault " + printable_path(run.places.vault);
}

// What a change of passphrase is often, and wrongly, believed to do.
std::string passphrase_limits(bool agent) {
  if (agent) {
    return "Whoever has a copy of the old key file can still open that copy with the old\n"
           "passphrase. If somebody knows it, make a new key (valise escrow keygen) and hand\n"
           "the owner its card: under a new policy the old key opens no new backup.\n";
  }
  return "Whoever has a copy of the old key file, or of the vault as it was, can still open\n"
         "that copy with the old passphrase. If somebody knows it, this is not enough: make\n"
         "a new vault and take the backups there with \"valise copy\".\n";
}

class KeyPasswdVerb : public Verb {
 public:
  explicit KeyPasswdVerb(CLI::App& key)
      : Verb(*key.add_subcommand("passwd", "Set a new passphrase")) {
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_new_passphrase_options(command(), fresh_);
    add_passphrase_memory_option(command(), memory_mib_);
    command()
        .add_option("--agent-key", secret_.agent_key,
                    "Change the passphrase of this escrow agent's key file instead")
        ->type_name("FILE");
    command().footer(
        "Opens with the old passphrase, or with --recovery-code where it is forgotten or\n"
        "there was none. The recovery code stays as it is. What was copied before still\n"
        "opens with the old passphrase.\n"
        "\n"
        "Example:\n"
        "  valise key passwd\n"
        "  valise key passwd --recovery-code\n"
        "  valise key passwd --agent-key agent.key");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const auto agent_key = agent_key_of(secret_);
    const std::string what = what_of(run, agent_key);
    require_new_passphrase_source(fresh_);
    const PassphraseChange change{memory_mib_ * 1024, agent_key};
    const PassphraseChangeResult result =
        change_passphrase(run, change, session.unlock_source(run, secret_),
                          [&] { return read_new_passphrase(fresh_, what); });
    if (session.json()) {
      session.print(Json{{"type", "summary"},
                         {"key_file", result.key_file},
                         {"first", result.first},
                         {"removed", result.removed}});
      return 0;
    }
    std::string text =
        fmt::format("{} has a {} ({}). The recovery code is as before.\n",
                    agent_key ? "The agent's key" : "The vault " + printable_path(run.places.vault),
                    result.first ? "passphrase now" : "new passphrase", printable(result.key_file));
    if (!result.first) text += passphrase_limits(agent_key.has_value());
    session.report(text);
    return 0;
  }

 private:
  SecretOptions secret_;
  NewPassphraseOptions fresh_;
  std::uint32_t memory_mib_ = kPassphraseMemoryMib;
};

class KeyRecoveryCheckVerb : public Verb {
 public:
  explicit KeyRecoveryCheckVerb(CLI::App& key)
      : Verb(*key.add_subcommand("recovery-check", "Learn whether a recovery code is right")) {
    add_recovery_code_options(command(), secret_);
    command()
        .add_option("--agent-key", secret_.agent_key,
                    "Check an escrow agent's code, by its key file or the card beside it")
        ->type_name("FILE");
    command().footer(
        "Asks for the code, and changes nothing.\n"
        "\n"
        "Example:\n"
        "  valise key recovery-check --vault /mnt/usb/vault");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const auto agent_key = agent_key_of(secret_);
    SecretOptions by = secret_;
    if (!by.recovery_code_file) by.recovery_code = true;
    const UnlockSource code = session.unlock_source(run, by);
    const RecoveryCheck check =
        check_recovery_code(run, agent_key, [&] { return std::move(code().secret); });
    if (session.json()) {
      Json out{{"type", "summary"}, {"right", true}, {"kind", check.agent ? "agent" : "owner"}};
      if (!check.vault_id.empty()) out["vault"] = check.vault_id;
      if (!check.name.empty()) out["name"] = check.name;
      if (!check.fingerprint.empty()) out["fingerprint"] = check.fingerprint;
      session.print(out);
      return 0;
    }
    session.report(fmt::format("The code is right: it opens {}{}.\nNothing was changed.\n",
                               check.agent ? "what this agent can open" : what_of(run, agent_key),
                               check.fingerprint.empty()
                                   ? ""
                                   : fmt::format(" ({}, fingerprint {})", printable(check.name),
                                                 printable(check.fingerprint))));
    return 0;
  }

 private:
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_key_passwd(CLI::App& key) { return std::make_unique<KeyPasswdVerb>(key); }

std::unique_ptr<Verb> add_key_recovery_check(CLI::App& key) {
  return std::make_unique<KeyRecoveryCheckVerb>(key);
}

}  // namespace valise::cli
