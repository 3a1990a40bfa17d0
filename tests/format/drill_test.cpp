#include "format/drill.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "format/golden.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

bool accepted(ByteSpan bytes, const Bytes32& agent) {
  return !test::refused(ErrorKind::corrupt, "drills/x",
                        [&] { static_cast<void>(parse_drill(bytes, agent, "drills/x")); });
}

}  // namespace

TEST_CASE("drills are the golden ones, read back and fit their slots") {
  std::size_t count = 0;
  for (const auto& backup : test::golden_backups()) {
    for (std::size_t i = 0; i < backup.agents.size(); ++i, ++count) {
      const Bytes golden = test::bytes_at(backup.json["drills"][i]);
      const RootKeys& agent = backup.agents[i];
      const Drill drill = parse_drill(golden, agent.sign_pk(), "drill");
      CHECK(drill.vault_id == backup.context.vault_id);
      CHECK(drill.entry_id == backup.entry.id);
      CHECK(drill.slot == i + 1);
      CHECK(hex(drill.receipt) == backup.json["receipts"][i + 1]);
      CHECK(hex(sign_drill(drill, agent.signing())) == hex(golden));
      for (std::size_t slot = 0; slot < backup.payload().slots.size(); ++slot) {
        const bool fits = drill_fits(drill, slot_proof(backup.payload().slots[slot]));
        CHECK(fits == (slot == i + 1));
      }
    }
  }
  CHECK(count == 4);
}

TEST_CASE("attack: every bit of a manifest, record, refs, pack, key file, card, drill: a drill") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  for (std::size_t i = 0; i < backup.agents.size(); ++i) {
    const Bytes golden = test::bytes_at(backup.json["drills"][i]);
    const Bytes32 agent = backup.agents[i].sign_pk();
    const auto passes = [&](ByteSpan bytes) { return accepted(bytes, agent); };
    REQUIRE(passes(golden));
    CHECK(test::bit_flips_that_pass(golden, passes) == 0);
  }
}

TEST_CASE("attack: truncate at every length; append garbage: a drill") {
  const auto backups = test::golden_backups();
  const Bytes golden = test::bytes_at(backups[1].json["drills"][0]);
  const Bytes32 agent = backups[1].agents[0].sign_pk();
  const auto passes = [&](ByteSpan bytes) { return accepted(bytes, agent); };
  CHECK(test::truncations_that_pass(golden, passes) == 0);
  CHECK(test::appendices_that_pass(golden, passes) == 0);
}

TEST_CASE(
    "attack: a drill made by the writer or another agent; for another slot or backup: its "
    "signature") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  const Bytes32 agent = backup.agents[0].sign_pk();
  const Drill drill = parse_drill(test::bytes_at(backup.json["drills"][0]), agent, "drill");
  CHECK(accepted(sign_drill(drill, backup.agents[0].signing()), agent));
  CHECK_FALSE(accepted(sign_drill(drill, backup.device), agent));
  CHECK_FALSE(accepted(sign_drill(drill, backup.owner.signing()), agent));
  CHECK_FALSE(accepted(sign_drill(drill, backup.agents[1].signing()), agent));
}

TEST_CASE(
    "attack: a drill made by the writer or another agent; for another slot or backup: its "
    "receipt") {
  const auto backups = test::golden_backups();
  const auto& one = backups[1];
  const auto& three = backups[2];
  const Bytes32 agent = one.agents[0].sign_pk();
  // The same agent holds slot 1 of both backups.
  const Drill drill = parse_drill(test::bytes_at(one.json["drills"][0]), agent, "drill");
  CHECK(drill_fits(drill, slot_proof(one.payload().slots[1])));
  CHECK_FALSE(drill_fits(drill, slot_proof(one.payload().slots[0])));
  CHECK_FALSE(drill_fits(drill, slot_proof(three.payload().slots[1])));
  CHECK(drill.entry_id != three.entry.id);
  // A receipt of the owner's slot with the agent's number does not fit either.
  Drill forged = drill;
  forged.receipt = test::array_at<32>(one.json["receipts"][0]);
  CHECK_FALSE(drill_fits(forged, slot_proof(one.payload().slots[1])));
}

TEST_CASE("a drill with an impossible slot, reserved bytes or a newer mark is refused") {
  const auto backups = test::golden_backups();
  const SigningKey& agent = backups[1].agents[0].signing();
  const Bytes golden = test::bytes_at(backups[1].json["drills"][0]);
  const auto changed = [&](std::size_t at, std::uint8_t with) {
    Bytes bytes(golden.begin(), golden.begin() + 104);
    bytes[at] = with;
    append(bytes, agent.sign(bytes));
    return bytes;
  };
  REQUIRE(accepted(changed(56, 2), agent.public_key()));
  for (const std::uint8_t slot : Bytes{0, 17, 255}) {
    CHECK_FALSE(accepted(changed(56, slot), agent.public_key()));
  }
  for (std::size_t at = 57; at < 64; ++at) {
    CHECK_FALSE(accepted(changed(at, 1), agent.public_key()));
  }
  const auto error = test::refusal(
      [&] { static_cast<void>(parse_drill(changed(7, '2'), agent.public_key(), "drills/x")); });
  REQUIRE(error);
  CHECK(std::string(error->what()).find("newer version") != std::string::npos);
  CHECK_FALSE(accepted(changed(0, 'X'), agent.public_key()));
}

}  // namespace valise
