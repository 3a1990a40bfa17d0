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
                           "\xff",       "a name of more than thirty-two bytes"}) {
    CAPTURE(name);
    CHECK(kind_of([&] { check_agent_name(name); }) == ErrorKind::usage);
  }
  CHECK(kind_of([] { check_agent_name(std::string("Mara\0", 5)); }) == ErrorKind::usage);
}

TEST_CASE("people's names are no trouble") {
  for (const char* name : {"Mara", "Aunt Ada", "J. R.", "...", "mara.card.", "card", "a.cards",
                           "\u5c71\u7530\u3000\u592a\u90ce", "Zo\u00eb", "owner 2"}) {
    CAPTURE(name);
    CHECK(kind_of([&] { check_agent_name(name); }) == std::nullopt);
  }
}

}  // namespace valise::test
