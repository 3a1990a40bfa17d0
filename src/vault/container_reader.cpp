#include "vault/container_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/padme.hpp"
#include "format/slot.hpp"
#include "vault/agent_share.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

[[noreturn]] void corrupt(const std::string& object, const std::string& why) {
  throw Error(ErrorKind::corrupt, object + ": " + why);
}

}  // namespace

ContainerReader ContainerReader::open(const Vault& vault, const Bytes16& bid) {
  std::string object = container_object(bid);
  const auto file_len = vault.storage().size(object);
  // The log names it: a vault that lost it is damaged.
  if (!file_len) corrupt(object, "it is missing from the vault");
  Bytes tail(static_cast<std::size_t>(std::min<std::uint64_t>(*file_len, kContainerTailBytesMax)));
  vault.storage().read(object, *file_len - tail.size(), tail);
  Entry entry = parse_container_tail(tail, *file_len, object);
  const auto* backup = entry.as<BackupPayload>();
  if (backup == nullptr) corrupt(object, "its entry is not a backup's");
  if (backup->bid != bid) {
    corrupt(object, "it was renamed: its entry names another backup, " + hex(backup->bid));
  }
  if (entry.header.vault_id != vault.id()) corrupt(object, "it belongs to another vault");
  Bytes magic(kContainerMagic.size());
  vault.storage().read(object, 0, magic);
  if (text_of(magic) != kContainerMagic) {
    corrupt(object, text_of(magic).starts_with(kContainerMagic.substr(0, 6))
                        ? "it was made by a newer version of valise; update this one"
                        : "it does not start as a container does");
  }
  const ContainerLayout layout = container_layout(*backup, entry.bytes.size(), object);
  return {vault, std::move(object), std::move(entry), layout};
}

Bytes ContainerReader::read_part(std::uint64_t offset, std::uint64_t length) const {
  Bytes out(static_cast<std::size_t>(length));
  vault_->storage().read(object_, offset, out);
  return out;
}

void ContainerReader::check_data(const std::function<void(std::uint64_t bytes)>& on_bytes) const {
  BulkHasher hasher(kDataHashLabel);
  Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, layout_.data_len)));
  std::uint64_t done = 0;
  while (done < layout_.data_len) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), layout_.data_len - done));
    const MutableByteSpan part = MutableByteSpan(buffer).first(count);
    vault_->storage().read(object_, layout_.data_offset + done, part);
    hasher.update(part);
    done += count;
    if (on_bytes) on_bytes(count);
  }
  if (hasher.finish() != backup().data_hash) {
    corrupt(object_, "its data area was changed (hash mismatch)");
  }
}

void ContainerReader::check_all(const std::function<void(std::uint64_t bytes)>& on_bytes) const {
  check_data(on_bytes);
  const Bytes manifest = read_part(layout_.manifest_offset, layout_.manifest_len);
  if (manifest_id(manifest) != backup().manifest_id) corrupt(object_, "its manifest was changed");
  const std::uint64_t rest = layout_.file_len - layout_.data_len;
  static_cast<void>(refs());
  if (on_bytes) on_bytes(rest);
}

std::vector<Bytes32> ContainerReader::refs() const {
  const Bytes bytes = read_part(layout_.refs_offset, layout_.refs_len);
  if (refs_hash(bytes) != backup().refs_hash) corrupt(object_, "its list of packs was changed");
  return parse_refs(bytes, object_);
}

void ContainerReader::check_commitment(ByteSpan dek) const {
  valise::check_commitment(entry_, dek, object_);
}

Bytes ContainerReader::open_manifest_bytes(ByteSpan dek) const {
  check_commitment(dek);
  const Bytes sealed = read_part(layout_.manifest_offset, layout_.manifest_len);
  if (manifest_id(sealed) != backup().manifest_id) corrupt(object_, "its manifest was changed");
  return valise::open_manifest(manifest_key(dek, backup().commit).view(), sealed, object_);
}

Manifest ContainerReader::open_manifest(ByteSpan dek) const {
  Manifest manifest = decode_manifest(open_manifest_bytes(dek), object_);
  std::uint64_t sum = 0;
  for (const RecordInfo& record : manifest.records) sum += record.sealed_bytes;
  if (padme(sum) != layout_.data_len) {
    corrupt(object_, "its records do not fill its data area");
  }
  if (backup().is_full() == manifest.parent_page_root.has_value()) {
    corrupt(object_, "header and manifest disagree on whether it is an increment");
  }
  return manifest;
}

Bytes ContainerReader::read_record(ByteSpan dek, std::uint64_t index, std::uint64_t offset,
                                   const RecordInfo& info) const {
  if (offset > layout_.data_len || info.sealed_bytes > layout_.data_len - offset) {
    corrupt(object_, "a record stands outside the data area");
  }
  const Bytes sealed = read_part(layout_.data_offset + offset, info.sealed_bytes);
  std::optional<Bytes> payload = valise::open(record_key(dek, backup().bid, index).view(), sealed);
  if (!payload) {
    corrupt(object_, fmt::format("record {} was changed (tag mismatch at byte {}); run \"valise "
                                 "scrub\"",
                                 index, layout_.data_offset + offset));
  }
  return std::move(*payload);
}

std::string container_fault(const Vault& vault, const Entry& logged) {
  try {
    const ContainerReader container = ContainerReader::open(vault, logged.as<BackupPayload>()->bid);
    if (container.entry().bytes == logged.bytes) return {};
    return container.object() + ": its header is not the one that the log holds";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::limit) throw;
    return error.what();
  }
}

Secret open_backup_key(const Entry& entry, const PolicyPayload& policy, const VaultKey& key,
                       const std::string& object) {
  const auto& backup = *entry.as<BackupPayload>();
  if (key.combined) {
    const auto found = key.combined->places.find(backup.bid);
    if (found != key.combined->places.end()) {
      return Secret::copy_of(key.combined->keys.view().subspan(found->second, 32));
    }
    throw Error(ErrorKind::wrong_key,
                object + ": the request that the agents answered does not name it");
  }
  if (!key.owner) {
    const std::optional<std::uint8_t> slot = agent_slot(policy, key.keys.pk());
    if (!slot) {
      throw Error(
          ErrorKind::wrong_key,
          object + ": this key is not among its readers" +
              (policy.agents.empty() ? " (it is end-to-end: only the owner can open it)" : "") +
              "; \"valise list\" shows who can open which snapshot");
    }
    if (backup.k != 1) {
      throw Error(ErrorKind::wrong_key,
                  fmt::format("{}: one agent is not enough: it takes {} of {}; see \"valise escrow "
                              "request --help\"",
                              object, backup.k, policy.agents.size()));
    }
    return open_agent_share(entry, policy, *slot, key.keys, object);
  }
  std::optional<Secret> dek = open_slot(backup.slots[0], slot_context(entry.header, backup), 0,
                                        key.keys.sk(), key.keys.pk(), key.keys.psk());
  if (!dek) corrupt(object, "slot 0 does not open with its reader's key");
  return std::move(*dek);
}

}  // namespace valise
