// The pre-shared keys of a policy's agents, sealed inside POLICY and DEVICE entries.

#include <cassert>

#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/entry.hpp"
#include "format/entry_payload.hpp"

namespace valise {
namespace {

constexpr std::string_view kPolicyLabel = "VL1.policy.psk";
constexpr std::string_view kPolicyDeviceLabel = "VL1.policy.dev";
constexpr std::string_view kDeviceLabel = "VL1.device.seal";

constexpr std::size_t kAgentsAt = 120;
constexpr std::size_t kAgentBytes = 96;
constexpr std::size_t kDeviceHeadBytes = 32 + 8 + 32;
constexpr std::size_t kDeviceSealedAt = 208;

/// Where the psks sealed for the owner stand in a POLICY.
std::size_t owner_sealed_at(std::size_t n) { return kAgentsAt + kAgentBytes * n; }

/// Where the psks sealed for device number `index` stand in a POLICY.
std::size_t device_sealed_at(std::size_t n, std::size_t index) {
  return owner_sealed_at(n) + sealed_psks_bytes(n) +
         index * (kDeviceHeadBytes + sealed_psks_bytes(n)) + kDeviceHeadBytes;
}

/// Each key is bound to all bytes before what it seals, so it seals nothing else.
Bytes seal_psks(std::string_view label, ByteSpan key, ByteSpan before, ByteSpan psks) {
  return seal(derive(label, key, {before}).view(), psks);
}

std::optional<Secret> open_psks(std::string_view label, ByteSpan key, ByteSpan before,
                                ByteSpan sealed) {
  return open_secret(derive(label, key, {before}).view(), sealed);
}

void check_count(ByteSpan psks, std::size_t n) {
  if (psks.size() != 32 * n) {
    throw Error(ErrorKind::internal, "the number of agents' keys does not fit the policy");
  }
}

}  // namespace

void seal_policy_psks(const EntryHeader& header, PolicyPayload& payload, const RootKeys& owner,
                      std::span<const Secret> device_psks, ByteSpan psks) {
  const std::size_t n = payload.agents.size();
  check_count(psks, n);
  assert(device_psks.size() == payload.devices.size());
  EntryHeader signed_header = header;
  signed_header.signer = owner.sign_pk();
  // Placeholders hold the place of what is not sealed yet; no key depends on them.
  payload.sealed_psks.assign(sealed_psks_bytes(n), 0);
  for (DeviceHead& device : payload.devices) device.sealed_psks.assign(sealed_psks_bytes(n), 0);

  Bytes body = encode_entry_body(signed_header, payload);
  const auto seal_at = [&](std::string_view label, ByteSpan key, std::size_t at) {
    Bytes sealed = seal_psks(label, key, ByteSpan(body).first(at), psks);
    std::copy(sealed.begin(), sealed.end(), MutableByteSpan(body).subspan(at).begin());
    return sealed;
  };
  payload.sealed_psks = seal_at(kPolicyLabel, owner.root(), owner_sealed_at(n));
  for (std::size_t i = 0; i < payload.devices.size(); ++i) {
    payload.devices[i].sealed_psks =
        seal_at(kPolicyDeviceLabel, device_psks[i].view(), device_sealed_at(n, i));
  }
}

std::optional<Secret> open_policy_psks(const Entry& policy, const RootKeys& owner) {
  const auto* payload = policy.as<PolicyPayload>();
  assert(payload != nullptr);
  const ByteSpan before = policy.body().first(owner_sealed_at(payload->agents.size()));
  return open_psks(kPolicyLabel, owner.root(), before, payload->sealed_psks);
}

std::optional<Secret> open_policy_psks(const Entry& policy, const Bytes32& device_pk,
                                       ByteSpan dpsk) {
  const auto* payload = policy.as<PolicyPayload>();
  assert(payload != nullptr);
  for (std::size_t i = 0; i < payload->devices.size(); ++i) {
    if (payload->devices[i].device_pk != device_pk) continue;
    const ByteSpan before = policy.body().first(device_sealed_at(payload->agents.size(), i));
    return open_psks(kPolicyDeviceLabel, dpsk, before, payload->devices[i].sealed_psks);
  }
  return std::nullopt;
}

void seal_device_psks(const EntryHeader& header, DevicePayload& payload, ByteSpan dpsk,
                      ByteSpan psks) {
  // The signer is among the bytes that the key is bound to, so it must be set already.
  assert(!is_zero(header.signer));
  payload.sealed_psks.clear();
  const Bytes before = encode_entry_body(header, payload);
  assert(before.size() == kDeviceSealedAt);
  payload.sealed_psks = seal_psks(kDeviceLabel, dpsk, before, psks);
}

std::optional<Secret> open_device_psks(const Entry& device, ByteSpan dpsk) {
  const auto* payload = device.as<DevicePayload>();
  assert(payload != nullptr);
  return open_psks(kDeviceLabel, dpsk, device.body().first(kDeviceSealedAt), payload->sealed_psks);
}

}  // namespace valise
