#include <vector>

#include "cli/card_out.hpp"
#include "cli/key_verbs.hpp"
#include "valise/card.hpp"

namespace valise::cli {

namespace {

class KeyCardVerb : public Verb {
 public:
  explicit KeyCardVerb(CLI::App& key)
      : Verb(*key.add_subcommand("card", "Show the owner's card, to check the vault against")) {
    command()
        .add_option("--to", to_, "Write the card to a new file, for audit --pin")
        ->type_name("FILE");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    command().footer(
        "Asks for the owner's key only on a device that is not enrolled.\n"
        "\n"
        "Example:\n"
        "  valise key card --to owner.card");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    // Not before it is known to be needed.
    const CardView view = owner_card(run, [&] { return session.unlock_source(run, secret_)(); });
    if (to_) write_card(view, absolute_path(*to_, "--to"));
    print_card(session, view);
    return 0;
  }

 private:
  std::optional<std::string> to_;
  SecretOptions secret_;
};

class KeyVerb : public Verb {
 public:
  explicit KeyVerb(CLI::App& app)
      : Verb(*app.add_subcommand("key", "Keys and devices of the vault")) {
    command().require_subcommand(1);
    command().footer(
        "Example:\n"
        "  valise key passwd\n"
        "  valise key recovery-check\n"
        "  valise key add-device --vault /mnt/usb/vault");
    for (auto* add : {add_key_passwd, add_key_recovery_check, add_key_sheet, add_key_add_device,
                      add_key_devices, add_key_revoke_device, add_key_card}) {
      verbs_.push_back(add(command()));
    }
  }

  int run(Session& session) override {
    for (const std::unique_ptr<Verb>& verb : verbs_) {
      if (verb->command().parsed()) return verb->run(session);
    }
    throw Error(ErrorKind::internal, "a verb has no code");
  }

 private:
  std::vector<std::unique_ptr<Verb>> verbs_;
};

}  // namespace

std::unique_ptr<Verb> add_key_card(CLI::App& key) { return std::make_unique<KeyCardVerb>(key); }

std::unique_ptr<Verb> add_key(CLI::App& app) { return std::make_unique<KeyVerb>(app); }

}  // namespace valise::cli
