#include "format/card.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "format/golden.hpp"
#include "format/low_order.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

const nlohmann::json& golden_card() { return test::golden()["card"]; }
RootKeys golden_agent() { return RootKeys(test::bytes_at(golden_card()["agent_seed"])); }
RootKeys card_owner() { return RootKeys(test::bytes_at(test::golden()["root"]["seed"])); }

bool card_accepted(ByteSpan bytes) {
  return !test::refused(ErrorKind::corrupt, "card",
                        [&] { static_cast<void>(parse_card(bytes, "card")); });
}

/// The card's bytes with a change and a checksum that fits it.
Bytes changed_card(Bytes bytes, std::size_t at, ByteSpan with) {
  std::copy(with.begin(), with.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  const Bytes32 sum = hash("VL1.card.sum", {ByteSpan(bytes).first(130)});
  std::copy_n(sum.begin(), 4, bytes.begin() + 130);
  return bytes;
}

}  // namespace

TEST_CASE("an agent's card is the golden one and reads back") {
  const RootKeys agent = golden_agent();
  const Card card = make_card(agent, CardKind::agent, std::string(golden_card()["name"]));
  CHECK(hex(encode_card(card)) == golden_card()["bytes"]);
  CHECK(card_text(card) == golden_card()["text"]);
  CHECK(fingerprint(card.pk, card.sign_pk, card.name) == golden_card()["fingerprint"]);
  const Card read = card_from_text(std::string(golden_card()["text"]), "card");
  CHECK(read.kind == CardKind::agent);
  CHECK(read.pk == agent.pk());
  CHECK(read.sign_pk == agent.sign_pk());
  CHECK(hex(read.psk.view()) == hex(agent.psk()));
  CHECK(read.name == golden_card()["name"]);
}

TEST_CASE("an owner's card is the golden one and holds no secret") {
  const Card read = card_from_text(std::string(golden_card()["owner_card"]), "card");
  CHECK(read.kind == CardKind::owner);
  CHECK(hex(read.psk.view()) == std::string(64, '0'));
  const Card made = make_card(card_owner(), CardKind::owner, read.name);
  CHECK(card_text(made) == golden_card()["owner_card"]);
  CHECK(fingerprint(made.pk, made.sign_pk, made.name) == golden_card()["owner_fingerprint"]);
}

TEST_CASE("a card's text is read in any case, with spaces and hyphens") {
  std::string typed;
  for (const char c : std::string(golden_card()["text"])) {
    typed.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    if (typed.size() % 7 == 0) typed += " -\n";
  }
  CHECK(hex(encode_card(card_from_text(typed, "card"))) == golden_card()["bytes"]);
}

TEST_CASE("attack: every bit of a manifest, record, refs, pack, key file, card, drill: a card") {
  const Bytes bytes = test::bytes_at(golden_card()["bytes"]);
  REQUIRE(card_accepted(bytes));
  CHECK(test::bit_flips_that_pass(bytes, card_accepted) == 0);
  const Bytes owner = encode_card(make_card(card_owner(), CardKind::owner, "owner"));
  REQUIRE(card_accepted(owner));
  CHECK(test::bit_flips_that_pass(owner, card_accepted) == 0);
}

TEST_CASE("attack: truncate at every length; append garbage: a card") {
  const Bytes bytes = test::bytes_at(golden_card()["bytes"]);
  CHECK(test::truncations_that_pass(bytes, card_accepted) == 0);
  CHECK(test::appendices_that_pass(bytes, card_accepted) == 0);
  const std::string text = golden_card()["text"];
  const auto text_accepted = [](std::string_view t) {
    return !test::refused(ErrorKind::corrupt, "card",
                          [&] { static_cast<void>(card_from_text(t, "card")); });
  };
  CHECK_FALSE(text_accepted(text.substr(1)));
  for (std::size_t length = 0; length < text.size(); ++length) {
    CHECK_FALSE(text_accepted(std::string_view(text).substr(0, length)));
  }
  CHECK_FALSE(text_accepted(text + "0"));
  CHECK_FALSE(text_accepted(text + std::string(1'000'000, '0')));
  // 215 characters are 1075 bits: the last 3 are zero, else one card would have several texts.
  std::string unpadded = text;
  unpadded.back() = unpadded.back() == '1' ? '2' : '1';
  CHECK_FALSE(text_accepted(unpadded));
}

TEST_CASE("a card of an unknown version or kind is refused even with a right checksum") {
  const Bytes bytes = test::bytes_at(golden_card()["bytes"]);
  const Bytes newer = changed_card(bytes, 0, Bytes{2});
  const auto error = test::refusal([&] { static_cast<void>(parse_card(newer, "card")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::corrupt);
  CHECK(std::string(error->what()).find("newer version") != std::string::npos);
  for (const std::uint8_t kind : Bytes{0, 3, 255})
    CHECK_FALSE(card_accepted(changed_card(bytes, 1, Bytes{kind})));
}

TEST_CASE("an owner's card with a psk and an agent's without one are refused") {
  const Bytes bytes = test::bytes_at(golden_card()["bytes"]);
  CHECK_FALSE(card_accepted(changed_card(bytes, 1, Bytes{1})));
  CHECK_FALSE(card_accepted(changed_card(bytes, 66, Bytes(32))));
}

TEST_CASE("attack: low-order or zero pk, epk: a forged card") {
  const Bytes bytes = test::bytes_at(golden_card()["bytes"]);
  for (const Bytes32& pk : test::low_order_points()) {
    CHECK_FALSE(usable_public_key(pk));
    CHECK_FALSE(card_accepted(changed_card(bytes, 2, pk)));
  }
  CHECK(usable_public_key(golden_agent().pk()));
  CHECK(card_accepted(changed_card(bytes, 2, card_owner().pk())));
}

TEST_CASE("names are short printable UTF-8") {
  for (const char* good : {"desk", "Zoë", "ユーザー", "a", "0123456789abcdef0123456789abcdef"}) {
    CHECK(name_text(name32(good), "card") == good);
  }
  using namespace std::string_view_literals;
  for (const std::string_view bad :
       {""sv, "0123456789abcdef0123456789abcdef0"sv, "a\nb"sv, "a\0b"sv, "\x7f"sv, "\xc0\x80"sv,
        "\xff"sv, "\xc3"sv, "\xed\xa0\x80"sv,
        "\xe2\x80\xae"
        "evil"sv,
        "\xc2\x85"sv}) {
    CHECK(test::refused(ErrorKind::usage, "a name", [&] { static_cast<void>(name32(bad)); }));
    if (bad.size() > 32 || bad == "a\0b"sv) continue;
    const Name32 stored = array_of<32>(bytes_of(bad));
    CHECK(test::refused(ErrorKind::corrupt, "card",
                        [&] { static_cast<void>(name_text(stored, "card")); }));
  }
  Name32 hidden = name32("desk");
  hidden[20] = 'x';
  CHECK(test::refused(ErrorKind::corrupt, "card",
                      [&] { static_cast<void>(name_text(hidden, "card")); }));
}

TEST_CASE("a fingerprint depends on both keys and the name") {
  const RootKeys agent = golden_agent();
  const std::string right = golden_card()["fingerprint"];
  CHECK(fingerprint(agent.pk(), agent.sign_pk(), "desl") != right);
  CHECK(fingerprint(card_owner().pk(), agent.sign_pk(), "desk") != right);
  CHECK(fingerprint(agent.pk(), card_owner().sign_pk(), "desk") != right);
}

}  // namespace valise
