#include "ops/attack_forgery.hpp"

#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>

#include "base/cursor.hpp"
#include "base/hex.hpp"
#include "format/page_records.hpp"
#include "support/sample_database.hpp"
#include "vault/object_names.hpp"
#include "vault/signed_log.hpp"
#include "vault/vault.hpp"

namespace valise::test {

Bytes ContainerParts::joined() const {
  ByteWriter out;
  out.text(kContainerMagic).bytes(data).bytes(manifest).bytes(refs).bytes(entry.bytes);
  out.u32(static_cast<std::uint32_t>(entry.bytes.size())).text(kContainerEnd);
  return out.take();
}

ObjectName container_of(const std::string& snapshot) { return "backups/" + snapshot + ".valise"; }

ContainerParts container_parts(const MemoryStorage& vault, const std::string& snapshot) {
  const Bytes file = vault.content(container_of(snapshot));
  const ByteSpan tail =
      ByteSpan(file).last(std::min<std::size_t>(file.size(), kContainerTailBytesMax));
  ContainerParts parts;
  parts.entry = parse_container_tail(tail, file.size(), snapshot);
  const ContainerLayout layout =
      container_layout(parts.backup(), parts.entry.bytes.size(), snapshot);
  const auto part = [&](std::uint64_t offset, std::uint64_t length) {
    const ByteSpan bytes = ByteSpan(file).subspan(offset, length);
    return Bytes(bytes.begin(), bytes.end());
  };
  parts.data = part(layout.data_offset, layout.data_len);
  parts.manifest = part(layout.manifest_offset, layout.manifest_len);
  parts.refs = part(layout.refs_offset, layout.refs_len);
  return parts;
}

Entry resigned(const Entry& entry, const EntryPayload& payload, const SigningKey& key) {
  return sign_entry(entry.header, payload, key);
}

ContainerParts with_manifest(const ContainerParts& parts, ByteSpan dek, ByteSpan cbor,
                             const SigningKey& key) {
  ContainerParts changed = parts;
  BackupPayload payload = parts.backup();
  changed.manifest = seal_manifest(manifest_key(dek, payload.commit).view(), cbor);
  payload.manifest_len = changed.manifest.size();
  payload.manifest_id = manifest_id(changed.manifest);
  changed.entry = resigned(parts.entry, payload, key);
  return changed;
}

void put_entry(MemoryStorage& vault, const Entry& entry) {
  vault.overwrite(entry_object(entry.header.signer, entry.header.seq), entry.bytes);
}

void put_backup(MemoryStorage& vault, const ContainerParts& parts) {
  put_entry(vault, parts.entry);
  vault.overwrite(container_object(parts.backup().bid), parts.joined());
}

DatabaseImage DatabaseImage::read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  DatabaseImage image;
  image.content = {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (image.content.size() < 100) throw std::runtime_error(path.string() + " is no database");
  // sqlite.org/fileformat.html section 1.3.2: big-endian, and 1 stands for 65536.
  image.page_size = image.content[16] * 256U + image.content[17];
  if (image.page_size == 1) image.page_size = 65536;
  image.page_count = static_cast<std::uint32_t>(image.content.size() / image.page_size);
  image.rows =
      static_cast<std::uint64_t>(SampleConnection(path).number("SELECT count(*) FROM note"));
  return image;
}

std::vector<std::uint32_t> DatabaseImage::pages() const {
  std::vector<std::uint32_t> pages(page_count);
  std::iota(pages.begin(), pages.end(), 1U);
  return pages;
}

Bytes32 DatabaseImage::page_root() const {
  PageRoot root(page_size, page_count);
  for (std::uint32_t i = 0; i < page_count; ++i) {
    root.add(page_hash(ByteSpan(content).subspan(std::size_t{i} * page_size, page_size)));
  }
  return root.finish();
}

Forgery::Forgery(const Credential& credential, const DatabaseImage& image) {
  manifest.source.profile = "sqlite";
  manifest.source.name = "forged.db";
  manifest.source.path = "/forged.db";
  manifest.captured_at = 1'800'000'000;
  manifest.database.page_size = image.page_size;
  manifest.database.page_count = image.page_count;
  manifest.database.page_root = image.page_root();
  manifest.database.messages = image.rows;
  records.push_back({PageCompressor().full(image.pages(), image.content),
                     {.plain_bytes = static_cast<std::uint32_t>(image.content.size())}});
  const Entry policy = parse_entry(credential.policy, "the credential's policy");
  header.entry.time = manifest.captured_at;
  header.policy = policy.id;
  header.source = Bytes16{0xf0};
  header.k = policy.as<PolicyPayload>()->k;
  public_keys.push_back(credential.owner_pk);
  psks.push_back(credential.owner_psk.clone());
  for (const Agent& agent : policy.as<PolicyPayload>()->agents) {
    const std::size_t at = 32 * (psks.size() - 1);
    public_keys.push_back(agent.pk);
    psks.push_back(Secret::copy_of(credential.psks.view().subspan(at, 32)));
  }
}

Entry Forgery::put(MemoryStorage& storage, Credential& credential, Secret* dek) const {
  const Vault vault = Vault::open(storage);
  ContainerWriter writer(vault);
  for (const ForgedRecord& record : records) {
    writer.add_record(
        seal_record(writer.dek(), writer.bid(), writer.record_count(), record.payload),
        record.info);
  }
  std::vector<SlotReader> readers;
  for (std::size_t i = 0; i < psks.size(); ++i) {
    readers.push_back({public_keys[i], psks[i].view()});
  }
  if (dek != nullptr) *dek = Secret::copy_of(writer.dek());
  BackupHeader own = header;
  own.entry.seq = credential.own.seq + 1;
  own.entry.prev = credential.own.entry_id;
  Manifest sealed = manifest;
  Entry entry = writer.finish(sealed, own, readers, credential.signing_key());
  publish_entry(vault, entry);
  credential.own = {entry.header.seq, entry.id};
  return entry;
}

std::string put_with_slot(MemoryStorage& vault, Credential& credential, const Forgery& forgery,
                          std::size_t index, const Slot& slot) {
  Secret dek;
  const Entry honest = forgery.put(vault, credential, &dek);
  return put_slot_into(vault, credential, honest, dek.view(), index, slot);
}

std::string put_slot_into(MemoryStorage& vault, Credential& credential, const Entry& honest,
                          ByteSpan dek, std::size_t index, const Slot& slot) {
  ContainerParts parts = container_parts(vault, snapshot_of(honest));
  BackupPayload payload = parts.backup();
  const Bytes cbor =
      open_manifest(manifest_key(dek, payload.commit).view(), parts.manifest, "manifest");
  payload.slots.at(index) = slot;
  const Bytes draft = encode_entry_body(honest.header, payload);
  payload.commit = backup_commitment(dek, backup_commitment_input(draft, payload.slots.size()));
  // The manifest's key comes from the commitment, so the malicious writer seals it again.
  parts.manifest = seal_manifest(manifest_key(dek, payload.commit).view(), cbor);
  payload.manifest_id = manifest_id(parts.manifest);
  parts.entry = resigned(honest, payload, credential.signing_key());
  put_backup(vault, parts);
  credential.own.entry_id = parts.entry.id;
  return snapshot_of(parts.entry);
}

std::string snapshot_of(const Entry& entry) { return hex(entry.as<BackupPayload>()->bid); }

}  // namespace valise::test
