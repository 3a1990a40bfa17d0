#include "support/vault_maker.hpp"

#include <fstream>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "format/card.hpp"
#include "format/drill.hpp"
#include "format/slot.hpp"
#include "vault/object_names.hpp"
#include "vault/vault.hpp"

namespace valise::test {
namespace {

Manifest small_manifest(UnixSeconds time, bool full) {
  Manifest manifest;
  manifest.source.profile = "sqlite";
  manifest.source.name = "notes.db";
  manifest.source.path = "/notes.db";
  manifest.captured_at = time;
  manifest.database.page_size = 4096;
  manifest.database.page_count = 1;
  manifest.database.page_root = Bytes32{1};
  if (!full) manifest.parent_page_root = Bytes32{1};
  return manifest;
}

}  // namespace

VaultMaker::VaultMaker(UnixSeconds start) : now(start) {
  storage_.overwrite(kVaultObject, encode_vault_object(owner_.sign_pk()));
  set_policy(0, {});
}

const RootKeys& VaultMaker::agent(const std::string& name) {
  return agents_.try_emplace(name, RootKeys::generate()).first->second;
}

EntryHeader VaultMaker::next_header(const LogHead& head) const {
  EntryHeader header;
  header.vault_id = owner_.vault_id();
  header.seq = head.seq + 1;
  header.prev = head.entry_id;
  header.time = now;
  return header;
}

void VaultMaker::sign_by_owner(const EntryPayload& payload) {
  const Entry entry = sign_entry(next_header(root_head_), payload, owner_.signing());
  storage_.overwrite(entry_object(entry.header.signer, entry.header.seq), entry.bytes);
  root_head_ = {entry.header.seq, entry.id};
  if (entry.as<PolicyPayload>() != nullptr) policies_.push_back(entry);
}

void VaultMaker::sign_by_device(std::size_t device, const EntryPayload& payload) {
  Signer& signer = devices_.at(device);
  const Entry entry = sign_entry(next_header(signer.head), payload, signer.key);
  storage_.overwrite(entry_object(entry.header.signer, entry.header.seq), entry.bytes);
  signer.head = {entry.header.seq, entry.id};
}

Secret VaultMaker::psks_of(const PolicyPayload& policy) {
  Bytes psks;
  for (const Agent& one : policy.agents) append(psks, agent(one.name).psk());
  return Secret::copy_of(psks);
}

std::size_t VaultMaker::add_device(const std::string& name) {
  SigningKey key = SigningKey::generate();
  const Entry& policy = policies_.back();
  DevicePayload payload;
  payload.device_pk = key.public_key();
  payload.name = name;
  payload.policy = policy.id;
  Secret dpsk = owner_.device_psk(key.public_key());
  EntryHeader header = next_header(root_head_);
  header.signer = owner_.sign_pk();
  seal_device_psks(header, payload, dpsk.view(), psks_of(*policy.as<PolicyPayload>()).view());
  sign_by_owner(payload);
  devices_.push_back({std::move(key), std::move(dpsk), name, {0, root_head_.entry_id}});
  return devices_.size() - 1;
}

void VaultMaker::revoke(std::size_t device) {
  Signer& signer = devices_.at(device);
  sign_by_owner(RevokePayload{signer.key.public_key(), signer.head.entry_id});
  signer.revoked = true;
}

void VaultMaker::set_policy(unsigned k, const std::vector<std::string>& agents,
                            std::uint32_t min_keep_days) {
  PolicyPayload payload;
  payload.k = static_cast<std::uint8_t>(k);
  payload.min_keep_days = min_keep_days;
  for (const std::string& name : agents) {
    payload.agents.push_back({agent(name).pk(), agent(name).sign_pk(), name});
  }
  std::vector<Secret> dpsks;
  for (const Signer& device : devices_) {
    if (device.revoked) continue;
    payload.devices.push_back({device.key.public_key(), device.head.seq, device.head.entry_id, {}});
    dpsks.push_back(device.dpsk.clone());
  }
  EntryHeader header = next_header(root_head_);
  header.signer = owner_.sign_pk();
  seal_policy_psks(header, payload, owner_, dpsks, psks_of(payload).view());
  sign_by_owner(payload);
}

std::string VaultMaker::back_up(std::size_t device, const std::string& source) {
  return back_up_under(policies_.size() - 1, device, source);
}

std::string VaultMaker::back_up_under(std::size_t policy_number, std::size_t device,
                                      const std::string& source) {
  const Vault vault = Vault::open(storage_);
  const Entry& policy = policies_.at(policy_number);
  const auto& payload = *policy.as<PolicyPayload>();
  Signer& signer = devices_.at(device);
  Newest& newest = newest_[{device, source}];
  BackupHeader header;
  header.entry = next_header(signer.head);
  header.policy = policy.id;
  if (newest.policy == policy.id) header.parent = newest.entry_id;
  const auto claim = claims_.find(device);
  const SigningKey& named = claim == claims_.end() ? signer.key : devices_.at(claim->second).key;
  header.source = array_of<16>(hash("VL1.test.source", {named.public_key(), bytes_of(source)}));
  header.k = payload.k;
  std::vector<SlotReader> readers{{owner_.pk(), owner_.psk()}};
  for (const Agent& one : payload.agents) readers.push_back({one.pk, agent(one.name).psk()});
  ContainerWriter writer(vault);
  RecordInfo record;
  record.kind = is_zero(header.parent) ? RecordKind::pages : RecordKind::delta_pages;
  record.plain_bytes = 4096;
  writer.add_record(seal_record(writer.dek(), writer.bid(), 0, Bytes(64, 7)), record);
  Manifest manifest = small_manifest(now, is_zero(header.parent));
  Entry entry = writer.finish(manifest, header, readers, signer.key);
  publish_entry(vault, entry);
  signer.head = {entry.header.seq, entry.id};
  newest = {entry.id, policy.id};
  std::string snapshot = hex(entry.as<BackupPayload>()->bid);
  made_.emplace(snapshot, Made{std::move(entry), policy_number});
  return snapshot;
}

void VaultMaker::drill(const std::string& snapshot, const std::string& name) {
  const Made& made = made_.at(snapshot);
  const auto& backup = *made.entry.as<BackupPayload>();
  const auto& agents = policies_.at(made.policy).as<PolicyPayload>()->agents;
  const RootKeys& keys = agent(name);
  std::uint8_t slot = 1;
  while (agents.at(slot - 1U).name != name) ++slot;
  const auto share = open_slot(backup.slots.at(slot), slot_context(made.entry.header, backup), slot,
                               keys.sk(), keys.pk(), keys.psk());
  if (!share) throw Error(ErrorKind::internal, name + " cannot open its slot of " + snapshot);
  const Drill drill{owner_.vault_id(), made.entry.id, slot, now,
                    array_of<32>(slot_receipt(share->view(), backup.bid, slot).view())};
  const auto bytes = sign_drill(drill, keys.signing());
  storage_.overwrite(drill_object(made.entry.id, slot), Bytes(bytes.begin(), bytes.end()));
}

void VaultMaker::prune(std::size_t device, const std::vector<std::string>& snapshots) {
  PrunePayload payload;
  for (const std::string& one : snapshots) payload.bids.push_back(array_of<16>(*from_hex(one)));
  sign_by_device(device, payload);
  for (const Bytes16& bid : payload.bids) storage_.remove(container_object(bid));
}

void VaultMaker::prune_by_owner(const std::vector<std::string>& snapshots) {
  PrunePayload payload;
  for (const std::string& one : snapshots) payload.bids.push_back(array_of<16>(*from_hex(one)));
  sign_by_owner(payload);
  for (const Bytes16& bid : payload.bids) storage_.remove(container_object(bid));
}

void VaultMaker::write_card(const std::filesystem::path& file) const {
  std::ofstream(file) << card_text(make_card(owner_, CardKind::owner, "owner")) << "\n";
}

void VaultMaker::write_to(const std::filesystem::path& folder) const {
  for (const auto& [name, object] : storage_.snapshot()) {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(object.content.data()),
              static_cast<std::streamsize>(object.content.size()));
    if (!out.flush()) throw Error(ErrorKind::storage, "cannot write " + path.string());
  }
}

}  // namespace valise::test
