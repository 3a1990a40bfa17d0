// Entries that were changed, forged or crafted.

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "format/entry.hpp"
#include "format/golden.hpp"
#include "format/low_order.hpp"
#include "format/refusal.hpp"
#include "support/texts.hpp"

namespace valise {
namespace {

using test::contains;

bool entry_accepted(ByteSpan bytes) {
  return !test::refused(ErrorKind::corrupt, "log/x",
                        [&] { static_cast<void>(parse_entry(bytes, "log/x")); });
}

std::vector<std::string> golden_entry_names() {
  return {"policy_entry", "device_entry", "revoke_entry", "prune_entry", "entry"};
}

/// The body with bytes replaced, signed again by `key`: what a thief of that key can make.
Bytes signed_again(ByteSpan body, std::size_t at, ByteSpan with, const SigningKey& key) {
  Bytes bytes(body.begin(), body.end());
  std::copy(with.begin(), with.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  append(bytes, key.sign(bytes));
  return bytes;
}

/// Why an entry is refused; empty when it is not.
std::string why(ByteSpan bytes) {
  const auto error = test::refusal([&] { static_cast<void>(parse_entry(bytes, "log/x")); });
  if (!error) return "";
  CHECK(error->kind() == ErrorKind::corrupt);
  return error->what();
}

}  // namespace

TEST_CASE("attack: every bit of an entry: without a key") {
  for (const auto& backup : test::golden_backups()) {
    for (const std::string& name : golden_entry_names()) {
      const Bytes bytes = test::bytes_at(backup.json[name]);
      REQUIRE(entry_accepted(bytes));
      CHECK(test::bit_flips_that_pass(bytes, entry_accepted) == 0);
    }
  }
}

TEST_CASE("attack: truncate at every length; append garbage: an entry") {
  for (const auto& backup : test::golden_backups()) {
    for (const std::string& name : golden_entry_names()) {
      const Bytes bytes = test::bytes_at(backup.json[name]);
      CHECK(test::truncations_that_pass(bytes, entry_accepted) == 0);
      CHECK(test::appendices_that_pass(bytes, entry_accepted) == 0);
    }
  }
  CHECK_FALSE(entry_accepted(Bytes(kEntryBytesMax + 1)));
}

TEST_CASE("attack: truncate at every length; append garbage: an entry that is signed again") {
  for (const auto& backup : test::golden_backups()) {
    for (const std::string& name : golden_entry_names()) {
      const Entry entry = parse_entry(test::bytes_at(backup.json[name]), "entry");
      const SigningKey& key =
          entry.header.signer == backup.owner.sign_pk() ? backup.owner.signing() : backup.device;
      // A DEVICE entry tells its number of agents by its length alone, so one that is a whole
      // number of psks shorter is well-formed, and it is the seal that refuses to open.
      const std::size_t step = entry.type() == EntryType::device ? 31 : 1;
      for (std::size_t cut = 1; cut < entry.body().size() - kEntryHeaderBytes; cut += step) {
        const ByteSpan body = entry.body().first(entry.body().size() - cut);
        if (cut % 32 == 0 && entry.type() == EntryType::device) continue;
        CHECK_FALSE(entry_accepted(signed_again(body, 0, {}, key)));
      }
      CHECK_FALSE(entry_accepted(signed_again(test::with_appended(entry.body(), 1), 0, {}, key)));
      CHECK_FALSE(entry_accepted(signed_again(test::with_appended(entry.body(), 16), 0, {}, key)));
    }
  }
}

TEST_CASE(
    "attack: every bit of an entry: through the commitment, signed anew by a thief of the device "
    "key") {
  for (const auto& backup : test::golden_backups()) {
    const ByteSpan body = backup.entry.body();
    const std::size_t slot_count = backup.payload().slots.size();
    const std::size_t covered = backup_commitment_input(body, slot_count).size();
    const Bytes32 commit = backup.payload().commit;
    std::size_t by_commitment = 0;
    const auto passes = [&](ByteSpan head) {
      const Bytes changed = signed_again(body, 0, head, backup.device);
      const auto refusal = test::refusal([&] {
        const Entry entry = parse_entry(changed, "log/x");
        const auto* payload = entry.as<BackupPayload>();
        if (payload == nullptr) throw Error(ErrorKind::corrupt, "not a backup");
        if (backup_commitment(backup.dek,
                              backup_commitment_input(entry.body(), payload->slots.size())) ==
            payload->commit) {
          return;
        }
        ++by_commitment;
        throw Error(ErrorKind::corrupt, "commitment");
      });
      return !refusal;
    };
    CHECK(test::bit_flips_that_pass(
              {body.begin(), body.begin() + static_cast<std::ptrdiff_t>(covered + 32)}, passes) ==
          0);
    // The magic, type, reserved bytes, signer and counts are refused by the parser; all else must
    // have reached the commitment.
    CHECK(by_commitment > (covered + 32 - 64 - 8) * 8 - 64);
    CHECK(backup_commitment(backup.dek, body.first(covered)) == commit);
  }
}

TEST_CASE("attack: strip or add a slot, re-signed with the device key: the commitment") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  BackupPayload stripped = backup.payload();
  stripped.slots.pop_back();
  BackupPayload added = backup.payload();
  added.slots.push_back(added.slots.back());
  for (const BackupPayload& payload : {stripped, added}) {
    const Entry entry = sign_entry(backup.entry.header, payload, backup.device);
    CHECK(backup_commitment(backup.dek, backup_commitment_input(
                                            entry.body(), payload.slots.size())) != payload.commit);
  }
}

TEST_CASE(
    "attack: e2ee with n>0, k>n, k=0<n, n>16, non-zero reserved bytes, unknown type or magic: a "
    "backup's counts") {
  const auto backups = test::golden_backups();
  struct Case {
    std::size_t mode;
    std::uint8_t k;
    std::uint8_t n;
  };
  // e2ee with slots for agents, k over n, k = 0 with agents, n over 16, k without agents.
  for (const Case& c : {Case{0, 0, 1}, Case{2, 4, 3}, Case{2, 0, 3}, Case{2, 1, 17},
                        Case{2, 17, 17}, Case{0, 1, 0}, Case{1, 2, 1}, Case{2, 255, 255}}) {
    const auto& backup = backups[c.mode];
    const Bytes changed = signed_again(backup.entry.body(), 208, Bytes{c.k, c.n}, backup.device);
    CHECK(contains(why(changed), "does not fit"));
  }
}

TEST_CASE(
    "attack: e2ee with n>0, k>n, k=0<n, n>16, non-zero reserved bytes, unknown type or magic: a "
    "policy's counts and agents") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  const Entry policy = parse_entry(test::bytes_at(backup.json["policy_entry"]), "policy");
  const auto changed = [&](std::size_t at, ByteSpan with) {
    return why(signed_again(policy.body(), at, with, backup.owner.signing()));
  };
  CHECK(contains(changed(112, Bytes{4, 3}), "does not fit"));
  CHECK(contains(changed(112, Bytes{0, 3}), "does not fit"));
  CHECK(contains(changed(112, Bytes{1, 17}), "does not fit"));
  CHECK(contains(changed(112, Bytes{0, 17}), "does not fit"));
  CHECK(contains(changed(112, Bytes{1, 0}), "does not fit"));
  CHECK(contains(changed(112, Bytes{17, 17}), "does not fit"));
  CHECK(contains(changed(114, Bytes{2, 0}), "too early"));
  CHECK(contains(changed(114, Bytes{0, 0}), "longer"));
  CHECK(contains(changed(114, Bytes{255, 255}), "too early"));
  for (const Bytes32& pk : test::low_order_points()) {
    CHECK(contains(changed(120, pk), "low order"));
    CHECK(contains(changed(120 + 2 * 96, pk), "low order"));
  }
  CHECK(contains(changed(120 + 64, Bytes(32)), "name"));
  CHECK(contains(changed(120 + 96, policy.body().subspan(120, 32)), "one agent twice"));
  CHECK(contains(changed(120 + 96 + 32, policy.body().subspan(120 + 32, 32)), "one agent twice"));
}

TEST_CASE("a policy that names one device twice is refused") {
  const auto backups = test::golden_backups();
  const Entry policy = parse_entry(test::bytes_at(backups[0].json["policy_entry"]), "policy");
  PolicyPayload twice = *policy.as<PolicyPayload>();
  twice.devices.push_back(twice.devices[0]);
  const auto error = test::refusal(
      [&] { static_cast<void>(sign_entry(policy.header, twice, backups[0].owner.signing())); });
  REQUIRE(error);
  CHECK(contains(error->what(), "one device twice"));
}

TEST_CASE(
    "attack: e2ee with n>0, k>n, k=0<n, n>16, non-zero reserved bytes, unknown type or magic: "
    "reserved bytes") {
  for (const auto& backup : test::golden_backups()) {
    for (const std::string& name : golden_entry_names()) {
      const Entry entry = parse_entry(test::bytes_at(backup.json[name]), "entry");
      const SigningKey& key =
          entry.header.signer == backup.owner.sign_pk() ? backup.owner.signing() : backup.device;
      const auto refused_at = [&](std::size_t first, std::size_t end) {
        for (std::size_t at = first; at < end; ++at) {
          for (const std::uint8_t value : Bytes{1, 0x80, 0xff}) {
            CHECK(contains(why(signed_again(entry.body(), at, Bytes{value}, key)), "reserved"));
          }
        }
      };
      refused_at(9, 16);
      if (entry.type() == EntryType::backup) {
        refused_at(211, 216);
        for (const std::uint8_t value : Bytes{2, 0x80, 0xff}) {
          CHECK(contains(why(signed_again(entry.body(), 210, Bytes{value}, key)), "a copy"));
        }
      }
      if (entry.type() == EntryType::prune) refused_at(116, 120);
    }
  }
}

TEST_CASE("a prune entry with an impossible count is refused") {
  const auto backups = test::golden_backups();
  const Entry prune = parse_entry(test::bytes_at(backups[0].json["prune_entry"]), "prune");
  const auto changed = [&](const Bytes& count) {
    return why(signed_again(prune.body(), 112, count, backups[0].device));
  };
  CHECK(contains(changed({0, 0, 0, 0}), "no backup"));
  CHECK(contains(changed({1, 0, 0, 0}), "longer"));
  CHECK(contains(changed({3, 0, 0, 0}), "too early"));
  CHECK(contains(changed({0xe9, 3, 0, 0}), "more than 1000"));
  CHECK(contains(changed({255, 255, 255, 255}), "more than 1000"));
}

TEST_CASE(
    "attack: e2ee with n>0, k>n, k=0<n, n>16, non-zero reserved bytes, unknown type or magic: an "
    "unknown type or magic") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[0];
  for (const std::uint8_t type : Bytes{0, 4, 9, 12, 255}) {
    CHECK(contains(why(signed_again(backup.entry.body(), 8, Bytes{type}, backup.device)),
                   "newer version"));
    // Without a fresh signature it is damage, not news.
    Bytes damaged = backup.entry.bytes;
    damaged[8] = type;
    CHECK(contains(why(damaged), "signature"));
  }
  Bytes newer = backup.entry.bytes;
  newer[7] = '2';
  CHECK(contains(why(newer), "newer version"));
  newer[0] = 'X';
  CHECK(contains(why(newer), "not an entry"));
}

TEST_CASE("an entry with the number 0 is refused") {
  const auto backups = test::golden_backups();
  CHECK(contains(why(signed_again(backups[0].entry.body(), 64, Bytes(8), backups[0].device)),
                 "the first is 1"));
}

TEST_CASE("attack: an agent adds a slot: it cannot sign as the device") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  // An agent, who can open the container, cannot write a header in the device's name.
  CHECK(contains(why(signed_again(backup.entry.body(), 0, {}, backup.agents[0].signing())),
                 "signature"));
  // A signer of low order would verify anything.
  CHECK(
      contains(why(signed_again(backup.entry.body(), 32, Bytes(32), backup.device)), "signature"));
}

TEST_CASE("a device entry whose sealed keys have a broken length is refused") {
  const auto backups = test::golden_backups();
  const auto& owner = backups[0].owner;
  const Entry device = parse_entry(test::bytes_at(backups[0].json["device_entry"]), "device");
  for (const std::size_t extra : {1U, 16U, 31U, 33U, 32U * 17U}) {
    CHECK(contains(
        why(signed_again(test::with_appended(device.body(), extra), 0, {}, owner.signing())),
        "broken length"));
  }
}

}  // namespace valise
