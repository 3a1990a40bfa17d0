#include "cli/card_out.hpp"
#include "cli/key_verbs.hpp"
#include "cli/output_path.hpp"
#include "cli/verb_group.hpp"
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
    if (to_) write_card(view, output_path(*to_, "--to"));
    print_card(session, view);
    return 0;
  }

 private:
  std::optional<std::string> to_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_key_card(CLI::App& key) { return std::make_unique<KeyCardVerb>(key); }

std::unique_ptr<Verb> add_key(CLI::App& app) {
  CLI::App& key = *app.add_subcommand("key", "Keys and devices of the vault");
  key.footer(
      "Example:\n"
      "  valise key passwd\n"
      "  valise key recovery-check\n"
      "  valise key add-device --vault /mnt/usb/vault");
  return make_verb_group(key,
                         {add_key_passwd, add_key_recovery_check, add_key_sheet, add_key_add_device,
                          add_key_devices, add_key_revoke_device, add_key_card});
}

}  // namespace valise::cli
