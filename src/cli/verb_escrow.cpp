#include "cli/escrow_verbs.hpp"
#include "cli/verb_group.hpp"

namespace valise::cli {

std::unique_ptr<Verb> add_escrow(CLI::App& app) {
  CLI::App& escrow = *app.add_subcommand("escrow", "For escrow agents, and for who needs them");
  escrow.footer(
      "An agent makes a key and hands its card to the owner, drills now and then, and\n"
      "opens when it is needed: alone with \"open --to\", or together with others who\n"
      "answer a \"request\", which \"combine\" then turns into a restore.\n"
      "\n"
      "Example:\n"
      "  valise escrow keygen --name Mara\n"
      "  valise escrow drill --vault /mnt/usb/vault\n"
      "  valise escrow request --vault /mnt/usb/vault --to help.request");
  return make_verb_group(escrow,
                         {add_escrow_keygen, add_escrow_card, add_escrow_pin, add_escrow_drill,
                          add_escrow_request, add_escrow_open, add_escrow_combine});
}

}  // namespace valise::cli
