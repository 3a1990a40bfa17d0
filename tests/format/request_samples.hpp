#pragma once

#include "format/answer.hpp"
#include "format/request.hpp"
#include "format/slot.hpp"

namespace valise::test {

/// A vault of fixed keys with one escrowed chain: an owner, agents, a device, a full and two
/// increments under a policy of k of n. Everything that a request is made of, and what attacks on
/// one need to sign.
class RequestSample {
 public:
  RequestSample(std::uint8_t k, std::uint8_t n)
      : owner(Bytes(kSeedBytes, 1)), device(Bytes(32, 3)) {
    PolicyPayload payload;
    payload.k = k;
    Secret psks(std::size_t{32} * n);
    for (std::uint8_t i = 0; i < n; ++i) {
      agents.emplace_back(Bytes(kSeedBytes, static_cast<std::uint8_t>(16 + i)));
      payload.agents.push_back(
          {agents[i].pk(), agents[i].sign_pk(), "agent " + std::to_string(i + 1)});
      std::copy_n(agents[i].psk().begin(), 32, psks.mutable_view().begin() + 32 * i);
    }
    EntryHeader header = root_header(1);
    seal_policy_psks(header, payload, owner, {}, psks.view());
    policy = sign_entry(header, payload, owner.signing());
    DevicePayload certificate;
    certificate.device_pk = device.public_key();
    certificate.name = "laptop";
    certificate.policy = policy.id;
    header = root_header(2);
    seal_device_psks(header, certificate, owner.device_psk(certificate.device_pk).view(),
                     psks.view());
    device_entry = sign_entry(header, certificate, owner.signing());
    for (std::uint8_t i = 0; i < 3; ++i) backups.push_back(backup(i));
  }

  [[nodiscard]] RecoveryRequest request() const {
    RecoveryRequest out;
    out.root_pk = owner.sign_pk();
    out.request_pk = requester.pk();
    out.time = 1'700'000'500;
    out.name = "Ada";
    out.policy = policy;
    out.devices = {device_entry};
    out.backups = backups;
    return out;
  }

  /// The shares that agent `slot` (from 1) finds in its slots.
  [[nodiscard]] Secret shares(std::uint8_t slot) const {
    Secret out(32 * backups.size());
    for (std::size_t i = 0; i < backups.size(); ++i) {
      const auto& payload = *backups[i].as<BackupPayload>();
      const RootKeys& agent = agents[slot - 1U];
      const auto share = open_slot(payload.slots[slot], slot_context(backups[i].header, payload),
                                   slot, agent.sk(), agent.pk(), agent.psk());
      std::copy_n(share.value().view().begin(), 32,
                  out.mutable_view().begin() + static_cast<std::ptrdiff_t>(32 * i));
    }
    return out;
  }

  [[nodiscard]] EntryHeader root_header(std::uint64_t seq) const {
    EntryHeader header;
    header.vault_id = owner.vault_id();
    header.signer = owner.sign_pk();
    header.seq = seq;
    header.time = 1'700'000'000 + seq;
    return header;
  }

  [[nodiscard]] static Bytes dek(std::uint8_t number) {
    return Bytes(32, static_cast<std::uint8_t>(0x40 + number));
  }

  RootKeys owner;
  SigningKey device;
  std::vector<RootKeys> agents;
  RootKeys requester{Bytes(kSeedBytes, 9)};
  Entry policy;
  Entry device_entry;
  std::vector<Entry> backups;

 private:
  [[nodiscard]] Entry backup(std::uint8_t number) const {
    EntryHeader header = root_header(number + 1U);
    header.signer = device.public_key();
    header.time = 1'700'000'000 + 86'400U * number;
    header.prev = number == 0 ? device_entry.id : backups.back().id;
    BackupPayload payload;
    payload.bid.fill(static_cast<std::uint8_t>(number + 1));
    payload.policy = policy.id;
    if (number > 0) payload.parent = backups.back().id;
    payload.source.fill(7);
    payload.k = policy.as<PolicyPayload>()->k;
    payload.slots.resize(agents.size() + 1);
    std::vector<SlotReader> readers{{owner.pk(), owner.psk()}};
    for (const RootKeys& agent : agents) readers.push_back({agent.pk(), agent.psk()});
    payload.slots = make_slots(dek(number), slot_context(header, payload), readers);
    const Bytes body = encode_entry_body(header, payload);
    payload.commit =
        backup_commitment(dek(number), backup_commitment_input(body, payload.slots.size()));
    return sign_entry(header, payload, device);
  }
};

}  // namespace valise::test
