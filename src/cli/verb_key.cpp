#include <fmt/format.h>

#include "cli/card_out.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/device.hpp"

namespace valise::cli {

namespace {

class KeyVerb : public Verb {
 public:
  explicit KeyVerb(CLI::App& app)
      : Verb(*app.add_subcommand("key", "Keys and devices of the vault")) {
    command().require_subcommand(1);
    command().footer(
        "Example:\n"
        "  valise key add-device --vault /mnt/usb/vault");
    CLI::App* add =
        command().add_subcommand("add-device", "Enrol this device; needs the owner's key");
    add_ = add;
    add->add_option("--name", name_, "This device's name in the vault (default: the host's)")
        ->type_name("NAME");
    add_passphrase_options(*add, secret_);
    add_recovery_code_options(*add, secret_);
    add->footer(
        "Example:\n"
        "  valise key add-device --vault /mnt/usb/vault --name laptop");
    CLI::App* card =
        command().add_subcommand("card", "Show the owner's card, to check the vault against");
    card->add_option("--to", to_, "Write the card to a new file, for audit --pin")
        ->type_name("FILE");
    add_passphrase_options(*card, secret_);
    add_recovery_code_options(*card, secret_);
    card->footer(
        "Asks for the owner's key only on a device that is not enrolled.\n"
        "\n"
        "Example:\n"
        "  valise key card --to owner.card");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    return add_->parsed() ? add_device(session, run) : card(session, run);
  }

 private:
  int add_device(Session& session, const Run& run) {
    const AddDeviceResult result = valise::add_device(run, name_.value_or(default_device_name()),
                                                      session.unlock_source(run, secret_));
    if (session.json()) {
      session.print(Json{{"type", "summary"},
                         {"device", result.name},
                         {"device_id", result.device_id},
                         {"policy", result.policy}});
      return 0;
    }
    session.report(fmt::format(
        "This device, {}, can now back up into {} without a passphrase. Policy: {}.\n"
        "Next: valise backup DATABASE\n",
        printable(result.name), printable_path(run.places.vault), printable(result.policy)));
    return 0;
  }

  int card(Session& session, const Run& run) {
    // Not before it is known to be needed.
    const CardView view = owner_card(run, [&] { return session.unlock_source(run, secret_)(); });
    if (to_) write_card(view, absolute_path(*to_, "--to"));
    print_card(session, view);
    return 0;
  }

  CLI::App* add_ = nullptr;
  std::optional<std::string> name_;
  std::optional<std::string> to_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_key(CLI::App& app) { return std::make_unique<KeyVerb>(app); }

}  // namespace valise::cli
