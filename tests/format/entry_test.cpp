#include "format/entry.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "format/golden.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

/// Parses a golden entry, takes it apart, and checks that the parts give the same bytes again.
Entry read_and_rebuild(const nlohmann::json& hex_text, const SigningKey& key) {
  const Bytes bytes = test::bytes_at(hex_text);
  Entry entry = parse_entry(bytes, "golden entry");
  CHECK(entry.bytes == bytes);
  CHECK(entry.id == entry_id_of(entry.body()));
  CHECK(hex(encode_entry_body(entry.header, entry.payload)) == hex(entry.body()));
  CHECK(hex(sign_entry(entry.header, entry.payload, key).bytes) == hex(bytes));
  return entry;
}

}  // namespace

TEST_CASE("policy entries are the golden ones") {
  for (const auto& backup : test::golden_backups()) {
    const Entry entry = read_and_rebuild(backup.json["policy_entry"], backup.owner.signing());
    CHECK(entry.type() == EntryType::policy);
    CHECK(hex(entry.id) == backup.json["policy_id"]);
    CHECK(entry.header.signer == backup.owner.sign_pk());
    CHECK(entry.header.vault_id == backup.owner.vault_id());
    const auto* policy = entry.as<PolicyPayload>();
    REQUIRE(policy != nullptr);
    CHECK(policy->k == backup.json["k"]);
    REQUIRE(policy->agents.size() == backup.agents.size());
    for (std::size_t i = 0; i < policy->agents.size(); ++i) {
      CHECK(policy->agents[i].pk == backup.agents[i].pk());
      CHECK(policy->agents[i].sign_pk == backup.agents[i].sign_pk());
    }
    REQUIRE(policy->devices.size() == 1);
    CHECK(policy->devices[0].device_pk == backup.device.public_key());
    CHECK(policy->devices[0].seq == 6);
  }
}

TEST_CASE("the agents' psks in a policy are sealed as in the golden entries") {
  for (const auto& backup : test::golden_backups()) {
    const Entry golden = parse_entry(test::bytes_at(backup.json["policy_entry"]), "policy");
    PolicyPayload made = *golden.as<PolicyPayload>();
    made.sealed_psks.clear();
    made.devices[0].sealed_psks.clear();
    std::vector<Secret> device_psks;
    device_psks.push_back(backup.owner.device_psk(backup.device.public_key()));
    seal_policy_psks(golden.header, made, backup.owner, device_psks, backup.psks);
    CHECK(sign_entry(golden.header, made, backup.owner.signing()).bytes == golden.bytes);

    const auto by_owner = open_policy_psks(golden, backup.owner);
    REQUIRE(by_owner);
    CHECK(hex(by_owner->view()) == hex(backup.psks));
    const auto by_device =
        open_policy_psks(golden, backup.device.public_key(), device_psks[0].view());
    REQUIRE(by_device);
    CHECK(hex(by_device->view()) == hex(backup.psks));

    CHECK_FALSE(open_policy_psks(golden, RootKeys(Bytes(20, 1))));
    CHECK_FALSE(open_policy_psks(golden, backup.device.public_key(), Bytes(32, 1)));
    CHECK_FALSE(open_policy_psks(golden, Bytes32{1}, device_psks[0].view()));
  }
}

TEST_CASE("several devices of a policy each learn the psks through their own record") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  const Entry golden = parse_entry(test::bytes_at(backup.json["policy_entry"]), "policy");
  PolicyPayload policy = *golden.as<PolicyPayload>();
  policy.devices.push_back({.device_pk = Bytes32{7}, .seq = 0, .entry_id = {}, .sealed_psks = {}});
  std::vector<Secret> device_psks;
  for (const DeviceHead& device : policy.devices) {
    device_psks.push_back(backup.owner.device_psk(device.device_pk));
  }
  seal_policy_psks(golden.header, policy, backup.owner, device_psks, backup.psks);
  const Entry entry = sign_entry(golden.header, policy, backup.owner.signing());
  for (std::size_t i = 0; i < 2; ++i) {
    const auto psks = open_policy_psks(entry, policy.devices[i].device_pk, device_psks[i].view());
    REQUIRE(psks);
    CHECK(hex(psks->view()) == hex(backup.psks));
    CHECK_FALSE(open_policy_psks(entry, policy.devices[i].device_pk, device_psks[1 - i].view()));
  }
}

TEST_CASE("device entries are the golden ones and give the device its psks") {
  for (const auto& backup : test::golden_backups()) {
    const Entry entry = read_and_rebuild(backup.json["device_entry"], backup.owner.signing());
    CHECK(entry.type() == EntryType::device);
    const auto* device = entry.as<DevicePayload>();
    REQUIRE(device != nullptr);
    CHECK(device->device_pk == backup.device.public_key());
    CHECK(device->name == "laptop");
    CHECK(hex(device->policy) == backup.json["policy_id"]);
    const Bytes dpsk = test::bytes_at(backup.json["device_psk"]);
    const auto psks = open_device_psks(entry, dpsk);
    REQUIRE(psks);
    CHECK(hex(psks->view()) == hex(backup.psks));
    CHECK_FALSE(open_device_psks(entry, Bytes(32, 3)));

    DevicePayload made = *device;
    made.sealed_psks.clear();
    seal_device_psks(entry.header, made, dpsk, backup.psks);
    CHECK(made.sealed_psks == device->sealed_psks);
  }
}

TEST_CASE("revoke and prune entries are the golden ones") {
  for (const auto& backup : test::golden_backups()) {
    const Entry revoke = read_and_rebuild(backup.json["revoke_entry"], backup.owner.signing());
    CHECK(revoke.type() == EntryType::revoke);
    REQUIRE(revoke.as<RevokePayload>() != nullptr);
    CHECK(revoke.as<RevokePayload>()->device_pk == backup.device.public_key());
    const Entry prune = read_and_rebuild(backup.json["prune_entry"], backup.device);
    CHECK(prune.type() == EntryType::prune);
    REQUIRE(prune.as<PrunePayload>() != nullptr);
    CHECK(prune.as<PrunePayload>()->bids.size() == 2);
  }
}

TEST_CASE("backup entries are the golden ones, signed by the device, committed by the key") {
  for (const auto& backup : test::golden_backups()) {
    const Entry entry = read_and_rebuild(backup.json["entry"], backup.device);
    const auto* payload = entry.as<BackupPayload>();
    REQUIRE(payload != nullptr);
    CHECK(entry.type() == EntryType::backup);
    CHECK(hex(entry.id) == backup.json["entry_id"]);
    CHECK(entry.header.seq == backup.json["seq"]);
    CHECK(entry.header.time == backup.json["time"]);
    CHECK(hex(entry.header.prev) == backup.json["prev"]);
    CHECK(hex(payload->bid) == backup.json["bid"]);
    CHECK(hex(payload->policy) == backup.json["policy_id"]);
    CHECK(hex(payload->parent) == backup.json["parent"]);
    CHECK(hex(payload->source) == backup.json["source"]);
    CHECK_FALSE(payload->is_full());
    CHECK(payload->k == backup.json["k"]);
    CHECK(payload->slots.size() == backup.json["n"].get<std::size_t>() + 1);
    CHECK(payload->media_count == backup.json["media"].size());
    const ByteSpan input = backup_commitment_input(entry.body(), payload->slots.size());
    CHECK(input.size() == 216 + 112 * payload->slots.size());
    CHECK(backup_commitment(backup.dek, input) == payload->commit);
    CHECK(backup_commitment(Bytes(32, 1), input) != payload->commit);
  }
}

TEST_CASE("a copy says that it is one, at its own place") {
  for (const auto& backup : test::golden_backups()) {
    BackupPayload payload = backup.payload();
    CHECK_FALSE(payload.copy);
    const Bytes night = encode_entry_body(backup.entry.header, payload);
    payload.copy = true;
    Bytes copy = encode_entry_body(backup.entry.header, payload);
    CHECK(copy[210] == 1);
    CHECK(parse_entry(sign_entry(backup.entry.header, payload, backup.device).bytes, "copy")
              .as<BackupPayload>()
              ->copy);
    copy[210] = 0;
    CHECK(copy == night);
  }
}

TEST_CASE("an entry that no reader would accept is not written") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[2];
  const EntryHeader header = backup.entry.header;
  const auto usage = [&](const EntryPayload& payload) {
    const auto error =
        test::refusal([&] { static_cast<void>(encode_entry_body(header, payload)); });
    return error && error->kind() == ErrorKind::usage;
  };
  BackupPayload too_high = backup.payload();
  too_high.k = 4;
  CHECK(usage(too_high));
  BackupPayload none = backup.payload();
  none.slots.clear();
  CHECK(usage(none));
  BackupPayload many = backup.payload();
  many.slots.resize(kReadersMax + 2);
  CHECK(usage(many));
  CHECK(usage(PrunePayload{}));
  CHECK(usage(PrunePayload{.bids = std::vector<Bytes16>(kPruneCountMax + 1)}));
  PolicyPayload e2ee;
  CHECK(usage(e2ee));  // No sealed psks yet.
  e2ee.k = 1;
  e2ee.sealed_psks.resize(16);
  CHECK(usage(e2ee));
}

TEST_CASE("an entry over 64 KiB is not written") {
  PolicyPayload policy;
  policy.sealed_psks.resize(16);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    DeviceHead head;
    head.device_pk = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)};
    head.sealed_psks.resize(16);
    policy.devices.push_back(head);
  }
  CHECK(test::refused(ErrorKind::limit, "an entry",
                      [&] { static_cast<void>(encode_entry_body(EntryHeader{}, policy)); }));
}

TEST_CASE("the longest prune and the largest policy fit an entry") {
  const RootKeys owner(Bytes(20, 1));
  const EntryHeader header{.vault_id = owner.vault_id(), .seq = 1};
  const Entry prune =
      sign_entry(header, PrunePayload{.bids = std::vector<Bytes16>(1000)}, owner.signing());
  CHECK(prune.as<PrunePayload>()->bids.size() == 1000);
  PolicyPayload policy;
  policy.k = 16;
  for (std::uint8_t i = 0; i < kReadersMax; ++i) {
    const RootKeys agent(Bytes(20, static_cast<std::uint8_t>(100 + i)));
    policy.agents.push_back({agent.pk(), agent.sign_pk(), "agent " + std::to_string(i)});
  }
  seal_policy_psks(header, policy, owner, {}, Bytes(32 * kReadersMax, 5));
  const Entry entry = sign_entry(header, policy, owner.signing());
  CHECK(entry.as<PolicyPayload>()->agents.size() == kReadersMax);
  CHECK(hex(open_policy_psks(entry, owner)->view()) == hex(Bytes(32 * kReadersMax, 5)));
}

}  // namespace valise
