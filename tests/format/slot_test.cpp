#include "format/slot.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "crypto/shamir.hpp"
#include "format/golden.hpp"
#include "format/low_order.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

const RootKeys& reader_keys(const test::GoldenBackup& backup, std::size_t index) {
  return index == 0 ? backup.owner : backup.agents[index - 1];
}

std::optional<Secret> open_as(const test::GoldenBackup& backup, const Slot& slot, std::size_t index,
                              const SlotContext& context) {
  const RootKeys& keys = reader_keys(backup, index);
  return open_slot(slot, context, static_cast<std::uint8_t>(index), keys.sk(), keys.pk(),
                   keys.psk());
}

}  // namespace

TEST_CASE("slots, shares and receipts are the golden ones") {
  for (const auto& backup : test::golden_backups()) {
    const auto slots = make_slots(backup.dek, backup.context, backup.readers());
    REQUIRE(slots.size() == backup.payload().slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const auto index = static_cast<std::uint8_t>(i);
      CHECK(hex(slots[i]) == hex(backup.payload().slots[i]));
      const Secret share = slot_share(backup.dek, backup.context, index);
      CHECK(hex(share.view()) == backup.json["shares"][i]);
      CHECK(hex(slot_receipt(share.view(), backup.context.bid, index).view()) ==
            backup.json["receipts"][i]);
    }
  }
}

TEST_CASE(
    "attack: swap slots; a slot from another backup, policy or vault: each reader opens its own "
    "alone") {
  for (const auto& backup : test::golden_backups()) {
    const auto& slots = backup.payload().slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      for (std::size_t reader = 0; reader < slots.size(); ++reader) {
        const auto share = open_as(backup, slots[i], reader, backup.context);
        CHECK(share.has_value() == (i == reader));
        if (share) CHECK(hex(share->view()) == backup.json["shares"][i]);
      }
    }
  }
}

TEST_CASE("attack: every bit of an entry: a slot, by its reader") {
  for (const auto& backup : test::golden_backups()) {
    const auto& slots = backup.payload().slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      CHECK(test::bit_flips_that_pass({slots[i].begin(), slots[i].end()}, [&](ByteSpan changed) {
              return open_as(backup, array_of<kSlotBytes>(changed), i, backup.context).has_value();
            }) == 0);
    }
  }
}

TEST_CASE(
    "attack: swap slots; a slot from another backup, policy or vault: a slot is bound to where it "
    "stands") {
  for (const auto& backup : test::golden_backups()) {
    const auto& slots = backup.payload().slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      SlotContext other_vault = backup.context;
      other_vault.vault_id[3] ^= 1;
      SlotContext other_bid = backup.context;
      other_bid.bid[3] ^= 1;
      SlotContext other_policy = backup.context;
      other_policy.policy[3] ^= 1;
      for (const SlotContext& context : {other_vault, other_bid, other_policy}) {
        CHECK_FALSE(open_as(backup, slots[i], i, context));
      }
      const RootKeys& keys = reader_keys(backup, i);
      const auto next = static_cast<std::uint8_t>(i + 1);
      CHECK_FALSE(open_slot(slots[i], backup.context, next, keys.sk(), keys.pk(), keys.psk()));
      CHECK_FALSE(open_slot(slots[i], backup.context, static_cast<std::uint8_t>(i), keys.sk(),
                            keys.pk(), Bytes(32, 1)));
    }
  }
}

TEST_CASE(
    "attack: swap slots; a slot from another backup, policy or vault: every slot under every other "
    "backup") {
  const auto backups = test::golden_backups();
  for (const auto& from : backups) {
    for (const auto& to : backups) {
      if (&from == &to) continue;
      for (const Slot& slot : from.payload().slots) {
        for (std::size_t reader = 0; reader < to.payload().slots.size(); ++reader) {
          CHECK_FALSE(open_as(to, slot, reader, to.context));
        }
      }
    }
  }
}

TEST_CASE("attack: low-order or zero pk, epk: epk at opening") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  for (const Bytes32& epk : test::low_order_points()) {
    Slot slot = backup.payload().slots[1];
    std::copy(epk.begin(), epk.end(), slot.begin());
    CHECK_FALSE(open_as(backup, slot, 1, backup.context));
  }
}

TEST_CASE("attack: low-order or zero pk, epk: pk when a slot is made") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  const Bytes psk(32, 1);
  for (const Bytes32& pk : test::low_order_points()) {
    CHECK(test::refused(ErrorKind::usage, "the public key of reader 1", [&] {
      static_cast<void>(make_slot(backup.dek, backup.context, 1, {.pk = pk, .psk = psk}));
    }));
  }
}

TEST_CASE(
    "attack: a garbage slot, or one made with a wrong psk, all else honest: a garbage share under "
    "an honest wrap") {
  // A malicious writer seals another share than the proof speaks for.
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  Slot slot = backup.payload().slots[1];
  const auto other = make_slot(Bytes(32, 9), backup.context, 1, backup.readers()[1]);
  std::copy(other.begin(), other.begin() + 80, slot.begin());
  CHECK(open_as(backup, other, 1, backup.context));
  CHECK_FALSE(open_as(backup, slot, 1, backup.context));
}

TEST_CASE("attack: k-1 shares, forged share, duplicate or zero index: none of them gives the key") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  const auto share = [&](std::uint8_t x) {
    return ShamirShare{x, Secret::copy_of(test::bytes_at(backup.json["shares"][x]))};
  };
  const auto combined = [&](std::vector<ShamirShare> shares) {
    return hex(shamir_interpolate(shares).view());
  };
  const auto both = [&](std::uint8_t a, std::uint8_t b) {
    std::vector<ShamirShare> shares;
    shares.push_back(share(a));
    shares.push_back(share(b));
    return shares;
  };
  for (const auto& [a, b] : {std::pair{1, 2}, std::pair{1, 3}, std::pair{3, 2}}) {
    CHECK(combined(both(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b))) ==
          hex(backup.dek));
  }
  std::vector<ShamirShare> one;
  one.push_back(share(2));
  CHECK(combined(std::move(one)) != hex(backup.dek));
  auto forged = both(1, 2);
  forged[1].y.mutable_view()[0] ^= 1;
  CHECK(combined(std::move(forged)) != hex(backup.dek));
  auto renumbered = both(1, 2);
  renumbered[1].x = 3;
  CHECK(combined(std::move(renumbered)) != hex(backup.dek));
}

TEST_CASE(
    "attack: k-1 shares, forged share, duplicate or zero index: every bit of a share, by the proof "
    "of its slot") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  const Bytes share = test::bytes_at(backup.json["shares"][2]);
  const Bytes32 proof = slot_proof(backup.payload().slots[2]);
  const auto fits = [&](ByteSpan given, std::uint8_t index) {
    const Secret receipt = slot_receipt(given, backup.context.bid, index);
    return hash("VL1.slot.proof", {receipt.view()}) == proof;
  };
  CHECK(fits(share, 2));
  CHECK_FALSE(fits(share, 3));
  CHECK(test::bit_flips_that_pass(share, [&](ByteSpan forged) { return fits(forged, 2); }) == 0);
}

}  // namespace valise
