#include "format/request.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/base32.hpp"
#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/hash.hpp"
#include "format/card.hpp"
#include "format/root_keys.hpp"

namespace valise {
namespace {

constexpr std::string_view kRequestMagic = "VLSREQU1";
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kRequestFingerprintBytes = 10;
constexpr std::size_t kEntriesMin = 3;

Bytes32 request_id_of(ByteSpan before) { return hash("VL1.request", {before}); }

void write_entry(ByteWriter& out, const Entry& entry) {
  out.u32(static_cast<std::uint32_t>(entry.bytes.size())).bytes(entry.bytes);
}

/// Takes the entries of a request one by one, and refuses the first that does not fit those before.
class RequestReader {
 public:
  RequestReader(RecoveryRequest& request, std::string_view object)
      : request_(request), object_(object), vault_id_(vault_id_of(request.root_pk)) {}

  void take(Entry entry, bool first) {
    if (entry.header.vault_id != vault_id_) fail("an entry in it belongs to another vault");
    if (first) {
      take_policy(std::move(entry));
    } else if (entry.as<DevicePayload>() != nullptr && request_.backups.empty()) {
      take_device(std::move(entry));
    } else if (entry.as<BackupPayload>() != nullptr) {
      take_backup(std::move(entry));
    } else {
      fail("its entries are not a policy, devices and backups in this order");
    }
  }

  void finish() const {
    if (request_.backups.empty()) fail("it names no backup");
    for (const auto& [pk, used] : devices_) {
      if (!used) fail("it names a device that made none of its backups");
    }
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::corrupt, std::string(object_) + ": " + why);
  }

  void take_policy(Entry entry) {
    const auto* policy = entry.as<PolicyPayload>();
    if (policy == nullptr) fail("it does not begin with a policy");
    if (entry.header.signer != request_.root_pk) fail("its policy was not signed by the owner");
    if (policy->agents.empty()) fail("its policy is end-to-end: no agent can help");
    request_.policy = std::move(entry);
  }

  void take_device(Entry entry) {
    if (entry.header.signer != request_.root_pk)
      fail("a device in it was not enrolled by the owner");
    if (!devices_.emplace(entry.as<DevicePayload>()->device_pk, false).second) {
      fail("it names a device twice");
    }
    request_.devices.push_back(std::move(entry));
  }

  void take_backup(Entry entry) {
    const BackupPayload& backup = *entry.as<BackupPayload>();
    const auto& policy = *request_.policy.as<PolicyPayload>();
    const auto device = devices_.find(entry.header.signer);
    if (device == devices_.end()) fail("a backup in it was made by a device that it does not name");
    device->second = true;
    if (backup.policy != request_.policy.id || backup.k != policy.k ||
        backup.slots.size() != policy.agents.size() + 1) {
      fail("a backup in it is not one of its policy");
    }
    if (!bids_.insert(backup.bid).second) fail("it names a backup twice");
    if (!backup.is_full()) {
      const auto parent = places_.find(backup.parent);
      if (parent == places_.end())
        fail("a backup in it builds on one that does not stand before it");
      const Entry& before = request_.backups[parent->second];
      if (before.header.signer != entry.header.signer ||
          before.as<BackupPayload>()->source != backup.source) {
        fail("a backup in it builds on one of another device or source");
      }
    }
    places_.emplace(entry.id, request_.backups.size());
    request_.backups.push_back(std::move(entry));
  }

  RecoveryRequest& request_;
  std::string_view object_;
  Bytes16 vault_id_;
  std::map<Bytes32, bool> devices_;  ///< Whether it made a backup of the request.
  std::map<Bytes32, std::size_t> places_;
  std::set<Bytes16> bids_;
};

}  // namespace

Bytes encode_request(const RecoveryRequest& request) {
  const std::size_t count = 1 + request.devices.size() + request.backups.size();
  ByteWriter out;
  out.text(kRequestMagic).bytes(request.root_pk).bytes(request.request_pk).u64(request.time);
  out.bytes(name32(request.name)).u32(static_cast<std::uint32_t>(count)).zero(4);
  write_entry(out, request.policy);
  for (const Entry& entry : request.devices) write_entry(out, entry);
  for (const Entry& entry : request.backups) write_entry(out, entry);
  out.bytes(request_id_of(out.view()));
  if (count > kRequestEntriesMax || out.size() > kRequestBytesMax) {
    throw Error(ErrorKind::limit,
                "a request names at most 4,096 entries in 16 MiB; ask for fewer backups");
  }
  return out.take();
}

ReceivedRequest parse_request(ByteSpan bytes, std::string_view object) {
  ByteReader in(bytes, object);
  if (bytes.size() > kRequestBytesMax) {
    throw Error(ErrorKind::limit,
                std::string(object) + ": it is over 16 MiB, too long for a request");
  }
  const ByteSpan magic = in.take(kRequestMagic.size());
  if (text_of(magic) != kRequestMagic) {
    in.fail(text_of(magic.first(7)) == kRequestMagic.substr(0, 7)
                ? "it is a request made by a newer version of valise; update this one"
                : "it is not a request");
  }
  if (bytes.size() < kRequestMagic.size() + kIdBytes) in.fail("it is too short for a request");
  ReceivedRequest received;
  received.id = request_id_of(bytes.first(bytes.size() - kIdBytes));
  if (received.id != array_of<kIdBytes>(bytes.last(kIdBytes))) {
    in.fail("it was changed on its way or cut short; ask for it again");
  }
  RecoveryRequest& request = received.request;
  request.root_pk = in.array<32>();
  request.request_pk = in.array<32>();
  request.time = in.u64();
  request.name = name_text(in.array<kNameBytes>(), object);
  const std::uint32_t count = in.u32();
  in.expect_zero(4);
  if (!usable_public_key(request.request_pk)) in.fail("its public key is of low order");
  if (count < kEntriesMin) in.fail("it names no backup");
  if (count > kRequestEntriesMax) {
    throw Error(ErrorKind::limit, std::string(object) + ": it names more than 4,096 entries");
  }
  RequestReader reader(request, object);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t length = in.u32();
    if (length > kEntryBytesMax) in.fail("an entry in it is over 64 KiB");
    reader.take(parse_entry(in.take(length), object), i == 0);
  }
  reader.finish();
  static_cast<void>(in.take(kIdBytes));
  in.expect_end();
  return received;
}

std::string request_fingerprint(const Bytes32& request_id) {
  return base32_groups(ByteSpan(request_id).first(kRequestFingerprintBytes));
}

}  // namespace valise
