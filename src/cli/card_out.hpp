#pragma once

#include "cli/session.hpp"
#include "valise/card.hpp"

namespace valise::cli {

/// The card, whose it is and its fingerprint, as text or JSON.
void print_card(Session& session, const CardView& card);

}  // namespace valise::cli
