#include <fmt/format.h>

#include "cli/new_key.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/init.hpp"

namespace valise::cli {

namespace {

class InitVerb : public Verb {
 public:
  explicit InitVerb(CLI::App& app)
      : Verb(*app.add_subcommand("init", "Make a vault and enrol this device")) {
    add_passphrase_options(command(), secret_);
    add_new_key_options(command(), key_);
    command()
        .add_option("--device-name", device_name_,
                    "This device's name in the vault (default: the host's)")
        ->type_name("NAME");
    command().footer(
        "Asks twice for a passphrase and shows the recovery code once.\n"
        "\n"
        "Example:\n"
        "  valise init --vault /mnt/usb/vault\n"
        "  valise init --passphrase-file pass.txt --recovery-code-to code.txt");
  }

  int run(Session& session) override {
    Run run = session.make_run();
    refuse_existing_vault(run.places.vault);
    const std::string what = "the vault " + printable_path(run.places.vault);
    CodeKeeper keeper(key_.recovery_code_to, {what, false, !key_.no_passphrase, run.places.vault});
    InitOptions options;
    options.passphrase = new_key_passphrase(session.secrets(), secret_, key_, what);
    options.device_name = device_name_.value_or(default_device_name());
    options.passphrase_memory_kib = key_.passphrase_memory_mib * 1024;
    const InitResult result =
        keep_code_and(keeper, [&](const auto& keep) { return init_vault(run, options, keep); });
    show(session, run, options, result, keeper);
    return 0;
  }

 private:
  static void show(Session& session, const Run& run, const InitOptions& options,
                   const InitResult& result, const CodeKeeper& keeper) {
    if (session.json()) {
      Json out{{"type", "summary"}, {"vault", result.vault_id}};
      set_path(out, "vault_path", run.places.vault);
      out["owner_fingerprint"] = result.owner_fingerprint;
      out["device"] = options.device_name;
      out["device_id"] = result.device_id;
      out["passphrase"] = options.passphrase.has_value();
      if (keeper.file()) set_path(out, "recovery_code_file", *keeper.file());
      session.print(out);
      return;
    }
    std::string text = fmt::format(
        "Made the vault {} ({}).\n  The owner's fingerprint: {}\n  This device, {}, can now back "
        "up without a passphrase.\n",
        printable_path(run.places.vault), result.vault_id, result.owner_fingerprint,
        printable(options.device_name));
    if (keeper.file()) {
      text += fmt::format("  The recovery code is in {}: keep it away from this machine.\n",
                          printable_path(*keeper.file()));
    }
    session.report(text + "Next: valise backup DATABASE\n");
  }

  SecretOptions secret_;
  NewKeyOptions key_;
  std::optional<std::string> device_name_;
};

}  // namespace

std::unique_ptr<Verb> add_init(CLI::App& app) { return std::make_unique<InitVerb>(app); }

}  // namespace valise::cli
