#pragma once

#include <string>
#include <vector>

#include "format/entry.hpp"
#include "format/root_keys.hpp"
#include "support/memory_storage.hpp"
#include "vault/object_names.hpp"
#include "vault/signed_log.hpp"

namespace valise::test {

/// A vault in memory with nothing in it but logs, signed here by hand.
class LogFixture {
 public:
  LogFixture() { storage.overwrite(kVaultObject, encode_vault_object(owner.sign_pk())); }

  MemoryStorage storage;
  RootKeys owner = RootKeys::generate();
  UnixSeconds time = 1'800'000'000;

  [[nodiscard]] Vault vault() { return Vault::open(storage); }

  /// Signs and puts the next entry of a signer; `head` moves on.
  Entry add(const SigningKey& signer, LogHead& head, const EntryPayload& payload) {
    EntryHeader header;
    header.vault_id = owner.vault_id();
    header.seq = head.seq + 1;
    header.prev = head.entry_id;
    header.time = time++;
    Entry entry = sign_entry(header, payload, signer);
    head = {entry.header.seq, entry.id};
    put(entry);
    return entry;
  }
  void put(const Entry& entry) {
    storage.overwrite(entry_object(entry.header.signer, entry.header.seq), entry.bytes);
  }

  /// On the owner's chain.
  Entry add_policy() {
    PolicyPayload payload;
    seal_policy_psks(header_of_next(), payload, owner, {}, {});
    return add(owner.signing(), owner_head, payload);
  }
  Entry add_device(const SigningKey& device, const std::string& name, const Bytes32& policy) {
    DevicePayload payload;
    payload.device_pk = device.public_key();
    payload.name = name;
    payload.policy = policy;
    payload.sealed_psks.assign(16, 0);
    return add(owner.signing(), owner_head, payload);
  }

  /// A backup's header as far as a log needs it; the container exists nowhere.
  static BackupPayload backup(std::uint8_t bid, const Bytes32& policy, const Bytes32& parent = {},
                              std::uint8_t source = 1) {
    BackupPayload payload;
    payload.bid = Bytes16{bid};
    payload.policy = policy;
    payload.parent = parent;
    payload.source = Bytes16{source};
    payload.slots.emplace_back();
    return payload;
  }

  LogHead owner_head;

 private:
  EntryHeader header_of_next() {
    EntryHeader header;
    header.vault_id = owner.vault_id();
    header.seq = owner_head.seq + 1;
    header.prev = owner_head.entry_id;
    header.time = time;
    return header;
  }
};

/// What a walk over a log hands out.
struct Walked {
  std::vector<std::uint64_t> seqs;
  std::vector<std::string> codes;
  std::vector<ObjectName> objects;
};

[[nodiscard]] inline Walked walk(LogFixture& fixture, const Bytes32& signer,
                                 const LogHead& after = {}) {
  Walked walked;
  walk_log(
      fixture.vault(), signer, after,
      [&](const Entry& entry) { walked.seqs.push_back(entry.header.seq); },
      [&](const LogProblem& problem) {
        walked.codes.push_back(problem.code);
        walked.objects.push_back(problem.object);
      });
  return walked;
}

}  // namespace valise::test
