// valise escrow keygen, card, pin

#include <fmt/format.h>

#include "cli/card_out.hpp"
#include "cli/escrow_verbs.hpp"
#include "cli/new_key.hpp"
#include "cli/output_path.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

class KeygenVerb : public Verb {
 public:
  explicit KeygenVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("keygen", "Make an agent's key file and card")) {
    command().add_option("--name", name_, "The agent's name")->type_name("NAME")->required();
    add_agent_dir_option(command(), agent_);
    add_passphrase_options(command(), agent_.secret);
    add_new_key_options(command(), key_);
    command().footer(
        "Hand the card to the owner privately; keep the key file.\n"
        "\n"
        "Example:\n"
        "  valise escrow keygen --name Mara");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const std::string what = "the agent " + printable(name_);
    CodeKeeper keeper(key_.recovery_code_to, {what, true, !key_.no_passphrase});
    KeygenOptions options;
    options.name = name_;
    options.dir = agent_dir(agent_, run);
    refuse_in_vault(options.dir, "--dir");
    options.passphrase = new_key_passphrase(session.secrets(), agent_.secret, key_, what);
    options.passphrase_memory_kib = key_.passphrase_memory_mib * 1024;
    const AgentFiles files =
        keep_code_and(keeper, [&](const auto& keep) { return escrow_keygen(run, options, keep); });
    session.json() ? print_json(session, files, keeper) : print_text(session, files, keeper, what);
    return 0;
  }

 private:
  void print_json(Session& session, const AgentFiles& files, const CodeKeeper& keeper) const {
    Json out{{"type", "summary"}, {"name", name_}, {"fingerprint", files.fingerprint}};
    if (!files.key_file.empty()) set_path(out, "key_file", files.key_file);
    set_path(out, "card", files.card);
    if (keeper.file()) set_path(out, "recovery_code_file", *keeper.file());
    session.print(out);
  }

  static void print_text(Session& session, const AgentFiles& files, const CodeKeeper& keeper,
                         const std::string& what) {
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
  }

  std::string name_;
  AgentOptions agent_;
  NewKeyOptions key_;
};

class CardVerb : public Verb {
 public:
  explicit CardVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("card", "Show the card and its fingerprint")) {
    add_agent_dir_option(command(), agent_);
    command().footer(
        "Example:\n"
        "  valise escrow card --dir ~/.config/valise");
  }

  int run(Session& session) override {
    print_card(session, show_card(agent_dir(agent_, session.make_run())));
    return 0;
  }

 private:
  AgentOptions agent_;
};

class PinVerb : public Verb {
 public:
  explicit PinVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("pin", "Keep an owner's card, to know whose a request is")) {
    command()
        .add_option("CARD", card_, "The owner's card file (\"valise key card --to\")")
        ->type_name("FILE")
        ->option_text(" ")
        ->required();
    command().add_option("--as", name_, "What you call this owner")->type_name("NAME")->required();
    command().add_flag("--yes", yes_, "Accept the fingerprint without a question");
    add_agent_dir_option(command(), agent_);
    command().footer(
        "Compare the fingerprint with the owner by voice.\n"
        "\n"
        "Example:\n"
        "  valise escrow pin owner.card --as \"Aunt Ada\"");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const KnownOwner owner = keep_owner_card(
        agent_dir(agent_, run), absolute_path(card_, "CARD"), name_, [&](const KnownOwner& found) {
          return confirm_at_terminal(
              session,
              fmt::format("owner {}, vault {}, fingerprint {}", printable(found.name),
                          printable(found.vault_id), printable(found.fingerprint)),
              "Does the owner read out the same? ", yes_);
        });
    if (session.json()) {
      session.print(Json{{"type", "summary"},
                         {"name", owner.name},
                         {"owner", owner.owner},
                         {"vault", owner.vault_id},
                         {"fingerprint", owner.fingerprint}});
    } else {
      session.report(fmt::format("Requests and drills of vault {} now show as {}'s.\n",
                                 printable(owner.vault_id), printable(owner.name)));
    }
    return 0;
  }

 private:
  std::string card_;
  std::string name_;
  bool yes_ = false;
  AgentOptions agent_;
};

}  // namespace

std::unique_ptr<Verb> add_escrow_keygen(CLI::App& escrow) {
  return std::make_unique<KeygenVerb>(escrow);
}
std::unique_ptr<Verb> add_escrow_card(CLI::App& escrow) {
  return std::make_unique<CardVerb>(escrow);
}
std::unique_ptr<Verb> add_escrow_pin(CLI::App& escrow) { return std::make_unique<PinVerb>(escrow); }

}  // namespace valise::cli
