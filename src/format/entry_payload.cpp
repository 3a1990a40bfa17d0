#include "format/entry_payload.hpp"

#include <set>
#include <span>
#include <utility>

#include "base/error.hpp"
#include "crypto/aead.hpp"

namespace valise {
namespace {

static_assert(sealed_psks_bytes(0) == kAeadTagBytes);

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::usage, why); }

/// 1 <= k <= n <= 16, or k = n = 0, which is e2ee.
bool threshold_fits(std::size_t k, std::size_t n) noexcept {
  return n <= kReadersMax && (n == 0 ? k == 0 : k >= 1 && k <= n);
}

constexpr const char* kThresholdRule =
    "an escrow policy has 1 to 16 agents and asks for 1 to all of them; e2ee has none";

void check_psks(const Bytes& sealed, std::size_t n) {
  if (sealed.size() != sealed_psks_bytes(n)) refuse("an entry has no sealed keys for its agents");
}

void encode(ByteWriter& out, const PolicyPayload& policy) {
  const std::size_t n = policy.agents.size();
  if (!threshold_fits(policy.k, n)) refuse(kThresholdRule);
  if (policy.devices.size() > 0xffff) refuse("a policy names too many devices");
  check_psks(policy.sealed_psks, n);
  out.u8(policy.k).u8(static_cast<std::uint8_t>(n));
  out.u16(static_cast<std::uint16_t>(policy.devices.size())).u32(policy.min_keep_days);
  for (const Agent& agent : policy.agents) {
    out.bytes(agent.pk).bytes(agent.sign_pk).bytes(name32(agent.name));
  }
  out.bytes(policy.sealed_psks);
  for (const DeviceHead& device : policy.devices) {
    check_psks(device.sealed_psks, n);
    out.bytes(device.device_pk).u64(device.seq).bytes(device.entry_id).bytes(device.sealed_psks);
  }
}

void encode(ByteWriter& out, const DevicePayload& device) {
  out.bytes(device.device_pk).bytes(name32(device.name)).bytes(device.policy);
  out.bytes(device.sealed_psks);
}

void encode(ByteWriter& out, const RevokePayload& revoke) {
  out.bytes(revoke.device_pk).bytes(revoke.last_good);
}

void encode(ByteWriter& out, const PrunePayload& prune) {
  if (prune.bids.empty() || prune.bids.size() > kPruneCountMax) {
    refuse("a prune entry names 1 to 1000 backups");
  }
  out.u32(static_cast<std::uint32_t>(prune.bids.size())).zero(4);
  for (const Bytes16& bid : prune.bids) out.bytes(bid);
}

void encode(ByteWriter& out, const BackupPayload& backup) {
  if (backup.slots.empty() || !threshold_fits(backup.k, backup.slots.size() - 1)) {
    refuse(kThresholdRule);
  }
  out.bytes(backup.bid).bytes(backup.policy).bytes(backup.parent).bytes(backup.source);
  out.u8(backup.k).u8(static_cast<std::uint8_t>(backup.slots.size() - 1));
  out.u8(backup.copy ? 1 : 0).zero(5);
  for (const Slot& slot : backup.slots) out.bytes(slot);
  out.bytes(backup.commit).u64(backup.data_len).bytes(backup.data_hash);
  out.u64(backup.manifest_len).bytes(backup.manifest_id);
  out.u64(backup.media_count).bytes(backup.refs_hash);
}

std::string parse_name(ByteReader& in) {
  const Name32 name = in.array<kNameBytes>();
  try {
    return name_text(name, "name");
  } catch (const Error&) {
    in.fail("a name in it is not valid");
  }
}

Bytes take_psks(ByteReader& in, std::size_t n) {
  const ByteSpan sealed = in.take(sealed_psks_bytes(n));
  return {sealed.begin(), sealed.end()};
}

std::vector<Agent> parse_agents(ByteReader& in, std::size_t n) {
  std::vector<Agent> agents;
  std::set<Bytes32> keys;
  for (std::size_t i = 0; i < n; ++i) {
    Agent agent;
    agent.pk = in.array<32>();
    agent.sign_pk = in.array<32>();
    agent.name = parse_name(in);
    if (!usable_public_key(agent.pk)) in.fail("the public key of an agent is of low order");
    // One agent named twice would hold two shares, and "2 of 3" would not mean two people.
    if (!keys.insert(agent.pk).second || !keys.insert(agent.sign_pk).second) {
      in.fail("it names one agent twice");
    }
    agents.push_back(std::move(agent));
  }
  return agents;
}

PolicyPayload parse_policy(ByteReader& in) {
  PolicyPayload policy;
  policy.k = in.u8();
  const std::size_t n = in.u8();
  const std::size_t device_count = in.u16();
  policy.min_keep_days = in.u32();
  if (!threshold_fits(policy.k, n)) in.fail("its number of agents does not fit its threshold");
  policy.agents = parse_agents(in, n);
  policy.sealed_psks = take_psks(in, n);
  std::set<Bytes32> keys;
  for (std::size_t i = 0; i < device_count; ++i) {
    DeviceHead device;
    device.device_pk = in.array<32>();
    device.seq = in.u64();
    device.entry_id = in.array<32>();
    device.sealed_psks = take_psks(in, n);
    if (!keys.insert(device.device_pk).second) in.fail("it names one device twice");
    policy.devices.push_back(std::move(device));
  }
  return policy;
}

DevicePayload parse_device(ByteReader& in) {
  DevicePayload device;
  device.device_pk = in.array<32>();
  device.name = parse_name(in);
  device.policy = in.array<32>();
  // The number of agents follows from the length.
  const std::size_t left = in.remaining();
  if (left < sealed_psks_bytes(0) || left > sealed_psks_bytes(kReadersMax) ||
      (left - sealed_psks_bytes(0)) % 32 != 0) {
    in.fail("the sealed keys in it have a broken length");
  }
  device.sealed_psks = take_psks(in, (left - sealed_psks_bytes(0)) / 32);
  return device;
}

PrunePayload parse_prune(ByteReader& in) {
  const std::size_t count = in.u32();
  in.expect_zero(4);
  if (count == 0 || count > kPruneCountMax) in.fail("it names no backup, or more than 1000");
  PrunePayload prune;
  for (std::size_t i = 0; i < count; ++i) prune.bids.push_back(in.array<16>());
  return prune;
}

BackupPayload parse_backup(ByteReader& in) {
  BackupPayload backup;
  backup.bid = in.array<16>();
  backup.policy = in.array<32>();
  backup.parent = in.array<32>();
  backup.source = in.array<16>();
  backup.k = in.u8();
  const std::size_t n = in.u8();
  const std::uint8_t copy = in.u8();
  if (copy > 1) in.fail("it is neither a copy nor none");
  backup.copy = copy == 1;
  in.expect_zero(5);
  if (!threshold_fits(backup.k, n)) in.fail("its number of slots does not fit its threshold");
  for (std::size_t i = 0; i <= n; ++i) backup.slots.push_back(in.array<kSlotBytes>());
  backup.commit = in.array<32>();
  backup.data_len = in.u64();
  backup.data_hash = in.array<32>();
  backup.manifest_len = in.u64();
  backup.manifest_id = in.array<32>();
  backup.media_count = in.u64();
  backup.refs_hash = in.array<32>();
  return backup;
}

}  // namespace

EntryType entry_type(const EntryPayload& payload) noexcept {
  // The order of the variant's alternatives.
  constexpr EntryType kTypes[] = {EntryType::policy, EntryType::device, EntryType::revoke,
                                  EntryType::backup, EntryType::prune};
  static_assert(std::size(kTypes) == std::variant_size_v<EntryPayload>);
  return kTypes[payload.index()];
}

void encode_entry_payload(ByteWriter& out, const EntryPayload& payload) {
  std::visit([&](const auto& one) { encode(out, one); }, payload);
}

EntryPayload parse_entry_payload(ByteReader& in, std::uint8_t type) {
  switch (static_cast<EntryType>(type)) {
    case EntryType::policy:
      return parse_policy(in);
    case EntryType::device:
      return parse_device(in);
    case EntryType::revoke: {
      RevokePayload revoke;
      revoke.device_pk = in.array<32>();
      revoke.last_good = in.array<32>();
      return revoke;
    }
    case EntryType::backup:
      return parse_backup(in);
    case EntryType::prune:
      return parse_prune(in);
  }
  in.fail("it is of a type made by a newer version of valise; update this one");
}

}  // namespace valise
