#include "ops/agent_name.hpp"

#include <doctest/doctest.h>

#include "support/error_kind.hpp"

namespace valise::test {

TEST_CASE("a name that passes for a path, a card file or another name is refused") {
  for (const char* name : {"",           ".",
                           "..",         "/",
                           "a/b",        "./mara",
                           " ",          "   ",
                           " Mara",      "Mara ",
                           "\u00a0Mara", "Mara\u2003",
                           "\u3000",     "Mara\u200b",
                           "agent.card", ".card",
                           "MARA.CARD",  "mara.Card",
                           "Mara\n",     "\u202eMara",
                           "Ma\u034fra", "Ma\u180era",
                           "Ma\u2063ra", "Ma\u3164ra",
                           "Mara\ufe0f", "Ma\u200bra",
                           "Ma\u200dra", "\u00adMara",
                           "owner",      "Owner",
                           "OWNER",      "\uff4fwner",
                           "\xff",       "a name of more than thirty-two bytes"}) {
    CAPTURE(name);
    CHECK(kind_of([&] { check_agent_name(name); }) == ErrorKind::usage);
  }
  CHECK(kind_of([] { check_agent_name(std::string("Mara\0", 5)); }) == ErrorKind::usage);
}

TEST_CASE("an agent may call an owner \"owner\" in its own book") {
  CHECK(kind_of([] { check_shown_name("Owner"); }) == std::nullopt);
  CHECK(kind_of([] { check_shown_name("Ow\u200bner"); }) == ErrorKind::usage);
}

TEST_CASE("people's names are no trouble") {
  for (const char* name : {"Mara", "Aunt Ada", "J. R.", "...", "mara.card.", "card", "a.cards",
                           "\u5c71\u7530\u3000\u592a\u90ce", "Zo\u00eb", "owner 2"}) {
    CAPTURE(name);
    CHECK(kind_of([&] { check_agent_name(name); }) == std::nullopt);
  }
}

}  // namespace valise::test
