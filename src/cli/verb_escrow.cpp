#include <fmt/format.h>

#include "cli/card_out.hpp"
#include "cli/new_key.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/escrow.hpp"

namespace valise::cli {

namespace {

class EscrowVerb : public Verb {
 public:
  explicit EscrowVerb(CLI::App& app)
      : Verb(*app.add_subcommand("escrow", "For escrow agents: make a key, show its card")) {
    command().require_subcommand(1);
    command().footer(
        "Example:\n"
        "  valise escrow keygen --name Mara\n"
        "  valise escrow card");
    keygen_ = command().add_subcommand("keygen", "Make an agent's key file and card");
    keygen_->add_option("--name", name_, "The agent's name")->type_name("NAME")->required();
    add_dir_option(*keygen_);
    add_passphrase_options(*keygen_, secret_);
    add_new_key_options(*keygen_, key_);
    keygen_->footer(
        "Hand the card to the owner privately; keep the key file.\n"
        "\n"
        "Example:\n"
        "  valise escrow keygen --name Mara");
    CLI::App* card = command().add_subcommand("card", "Show the card and its fingerprint");
    add_dir_option(*card);
    card->footer(
        "Example:\n"
        "  valise escrow card --dir ~/.config/valise");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const std::filesystem::path dir = dir_ ? absolute_path(*dir_, "--dir") : run.places.config_dir;
    return keygen_->parsed() ? keygen(session, run, dir) : card(session, dir);
  }

 private:
  void add_dir_option(CLI::App& verb) {
    verb.add_option("--dir", dir_,
                    "Where key file and card are kept (default: the configuration folder)")
        ->type_name("DIR");
  }

  int keygen(Session& session, const Run& run, const std::filesystem::path& dir) {
    const std::string what = "the agent " + printable(name_);
    CodeKeeper keeper(key_.recovery_code_to, what);
    KeygenOptions options;
    options.name = name_;
    options.dir = dir;
    options.passphrase = new_key_passphrase(session.secrets(), secret_, key_, what);
    options.passphrase_memory_kib = key_.passphrase_memory_mib * 1024;
    const AgentFiles files =
        keep_code_and(keeper, [&](const auto& keep) { return escrow_keygen(run, options, keep); });
    if (session.json()) {
      Json out{{"type", "summary"}, {"name", name_}, {"fingerprint", files.fingerprint}};
      if (!files.key_file.empty()) set_path(out, "key_file", files.key_file);
      set_path(out, "card", files.card);
      if (keeper.file()) set_path(out, "recovery_code_file", *keeper.file());
      session.print(out);
      return 0;
    }
    std::string text =
        fmt::format("Made the key of {}, fingerprint {}.\n", what, files.fingerprint);
    if (!files.key_file.empty()) {
      text += fmt::format("  Key file, to keep: {}\n", printable_path(files.key_file));
    }
    text += fmt::format("  Card, to hand to the owner: {}\n", printable_path(files.card));
    if (keeper.file()) {
      text += fmt::format("  Recovery code, to put on paper: {}\n", printable_path(*keeper.file()));
    }
    session.report(text);
    return 0;
  }

  static int card(Session& session, const std::filesystem::path& dir) {
    print_card(session, show_card(dir));
    return 0;
  }

  CLI::App* keygen_ = nullptr;
  std::string name_;
  std::optional<std::string> dir_;
  SecretOptions secret_;
  NewKeyOptions key_;
};

}  // namespace

std::unique_ptr<Verb> add_escrow(CLI::App& app) { return std::make_unique<EscrowVerb>(app); }

}  // namespace valise::cli
