#include "cli/escrow_verbs.hpp"

namespace valise::cli {

namespace {

class EscrowVerb : public Verb {
 public:
  explicit EscrowVerb(CLI::App& app)
      : Verb(*app.add_subcommand("escrow", "For escrow agents, and for who needs them")) {
    command().require_subcommand(1);
    command().footer(
        "An agent makes a key and hands its card to the owner, drills now and then, and\n"
        "opens when it is needed: alone with \"open --to\", or together with others who\n"
        "answer a \"request\", which \"combine\" then turns into a restore.\n"
        "\n"
        "Example:\n"
        "  valise escrow keygen --name Mara\n"
        "  valise escrow drill --vault /mnt/usb/vault\n"
        "  valise escrow request --vault /mnt/usb/vault --to help.request");
    for (auto* add : {add_escrow_keygen, add_escrow_card, add_escrow_pin, add_escrow_drill,
                      add_escrow_request, add_escrow_open, add_escrow_combine}) {
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

std::unique_ptr<Verb> add_escrow(CLI::App& app) { return std::make_unique<EscrowVerb>(app); }

}  // namespace valise::cli
