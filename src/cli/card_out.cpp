#include "cli/card_out.hpp"

#include <fmt/format.h>

#include "cli/utf8.hpp"

namespace valise::cli {

void print_card(Session& session, const CardView& card) {
  if (session.json()) {
    session.print(Json{{"type", "summary"},
                       {"name", card.name},
                       {"kind", card.agent ? "agent" : "owner"},
                       {"fingerprint", card.fingerprint},
                       {"card", card.text}});
    return;
  }
  session.print(fmt::format("{} {}, fingerprint {}\n{}\n", card.agent ? "Agent" : "Owner",
                            printable(card.name), printable(card.fingerprint),
                            printable(card.text)));
}

}  // namespace valise::cli
