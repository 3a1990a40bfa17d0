#include "vault/container_writer.hpp"

#include <algorithm>
#include <utility>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/random.hpp"
#include "format/container.hpp"
#include "format/padme.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kReadBackBytes = 4 << 20;

}  // namespace

Bytes seal_record(ByteSpan dek, const Bytes16& bid, std::uint64_t index, ByteSpan payload) {
  return seal(record_key(dek, bid, index).view(), payload);
}

ContainerWriter::ContainerWriter(const Vault& vault)
    : vault_(vault),
      bid_(random_array<16>()),
      dek_(Secret::random(32)),
      object_(vault.storage().put(container_object(bid_))),
      data_hash_(kDataHashLabel) {
  object_->write(bytes_of(kContainerMagic));
  file_len_ = kContainerMagic.size();
}

ContainerWriter::~ContainerWriter() = default;

void ContainerWriter::write(ByteSpan bytes) {
  object_->write(bytes);
  file_len_ += bytes.size();
}

void ContainerWriter::write_data(Bytes bytes) {
  data_hash_.update(bytes);
  write(bytes);
  data_len_ += bytes.size();
  unproven_bytes_ += bytes.size();
  unproven_.push_back(std::move(bytes));
  if (unproven_bytes_ >= kReadBackBytes) prove_written();
}

void ContainerWriter::add_record(Bytes sealed, RecordInfo info) {
  info.sealed_bytes = static_cast<std::uint32_t>(sealed.size());
  write_data(std::move(sealed));
  records_.push_back(info);
}

void ContainerWriter::pad() {
  std::uint64_t left = padme(data_len_) - data_len_;
  while (left > 0) {
    Bytes filler(static_cast<std::size_t>(std::min<std::uint64_t>(left, 1 << 20)));
    fill_random(filler);
    left -= filler.size();
    write_data(std::move(filler));
  }
}

// What was just written is read again before anything relies on it: an error of memory or of the
// file system shows tonight, not on the day of the restore. While the bytes are still at hand, and
// while the workers go on. The system may answer from its cache; what the disk holds is for scrub
// to say.
void ContainerWriter::prove_written() {
  object_->flush();
  std::uint64_t offset = kContainerMagic.size() + data_len_ - unproven_bytes_;
  Bytes again;
  for (const Bytes& written : unproven_) {
    again.resize(written.size());
    object_->read(offset, again);
    if (again != written) {
      throw Error(ErrorKind::storage, container_object(bid_) + ": its data reads back differently");
    }
    offset += written.size();
  }
  unproven_.clear();
  unproven_bytes_ = 0;
}

Entry ContainerWriter::finish(Manifest& manifest, const BackupHeader& header,
                              std::span<const SlotReader> readers, const SigningKey& device) {
  pad();
  prove_written();
  manifest.records = records_;
  const Bytes cbor = encode_manifest(manifest);

  BackupPayload payload;
  payload.bid = bid_;
  payload.policy = header.policy;
  payload.parent = header.parent;
  payload.source = header.source;
  payload.k = header.k;
  payload.copy = manifest.origin.has_value();
  EntryHeader entry_header = header.entry;
  entry_header.vault_id = vault_.id();
  entry_header.signer = device.public_key();
  const SlotContext context{vault_.id(), bid_, header.policy, header.k,
                            static_cast<std::uint8_t>(readers.size() - 1)};
  payload.slots = make_slots(dek_.view(), context, readers);
  const Bytes draft = encode_entry_body(entry_header, payload);
  payload.commit =
      backup_commitment(dek_.view(), backup_commitment_input(draft, payload.slots.size()));

  const Bytes sealed_manifest =
      seal_manifest(manifest_key(dek_.view(), payload.commit).view(), cbor);
  const Bytes refs = encode_refs(header.refs);
  payload.data_len = data_len_;
  payload.data_hash = data_hash_.finish();
  payload.manifest_len = sealed_manifest.size();
  payload.manifest_id = manifest_id(sealed_manifest);
  payload.media_count = header.refs.size();
  payload.refs_hash = refs_hash(refs);
  Entry entry = sign_entry(entry_header, payload, device);

  write(sealed_manifest);
  write(refs);
  write(entry.bytes);
  ByteWriter footer;
  footer.u32(static_cast<std::uint32_t>(entry.bytes.size())).text(kContainerEnd);
  write(footer.view());
  if (!object_->commit()) {
    throw Error(ErrorKind::storage, container_object(bid_) + ": an object of that name exists");
  }
  read_back(entry, cbor);
  dek_ = Secret();
  return entry;
}

// The same for what stands behind the data.
void ContainerWriter::read_back(const Entry& entry, ByteSpan cbor) const {
  const ContainerReader reader = ContainerReader::open(vault_, bid_);
  if (reader.entry().bytes != entry.bytes) {
    throw Error(ErrorKind::storage, container_object(bid_) + ": it reads back differently");
  }
  const Bytes again = reader.open_manifest_bytes(dek_.view());
  if (!std::equal(again.begin(), again.end(), cbor.begin(), cbor.end())) {
    throw Error(ErrorKind::storage,
                container_object(bid_) + ": its manifest reads back differently");
  }
  static_cast<void>(reader.refs());  // Against their hash.
}

}  // namespace valise
