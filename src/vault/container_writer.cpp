#include "vault/container_writer.hpp"

#include <algorithm>
#include <future>

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

constexpr std::size_t kReadBackBytes = 1 << 20;

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

void ContainerWriter::add_record(ByteSpan sealed, RecordInfo info) {
  info.sealed_bytes = static_cast<std::uint32_t>(sealed.size());
  data_hash_.update(sealed);
  write(sealed);
  data_len_ += sealed.size();
  records_.push_back(info);
}

void ContainerWriter::pad() {
  std::uint64_t left = padme(data_len_) - data_len_;
  data_len_ += left;
  Bytes filler(static_cast<std::size_t>(std::min<std::uint64_t>(left, 1 << 20)));
  while (left > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, filler.size()));
    const MutableByteSpan part = MutableByteSpan(filler).first(count);
    fill_random(part);
    data_hash_.update(part);
    write(part);
    left -= count;
  }
}

Entry ContainerWriter::finish(Manifest& manifest, const BackupHeader& header,
                              std::span<const SlotReader> readers, const SigningKey& device) {
  pad();
  manifest.records = records_;
  const Bytes cbor = encode_manifest(manifest);

  BackupPayload payload;
  payload.bid = bid_;
  payload.policy = header.policy;
  payload.parent = header.parent;
  payload.source = header.source;
  payload.k = header.k;
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
  const Bytes refs = encode_refs({});
  payload.data_len = data_len_;
  payload.data_hash = data_hash_.finish();
  payload.manifest_len = sealed_manifest.size();
  payload.manifest_id = manifest_id(sealed_manifest);
  payload.refs_hash = refs_hash(refs);
  Entry entry = sign_entry(entry_header, payload, device);

  write(sealed_manifest);
  write(refs);
  write(entry.bytes);
  ByteWriter footer;
  footer.u32(static_cast<std::uint32_t>(entry.bytes.size())).text(kContainerEnd);
  write(footer.view());
  // The data is read back while it goes to the disk.
  object_->flush();
  std::future<Bytes32> data_again =
      std::async(std::launch::async, [this] { return hash_written_data(); });
  if (!object_->commit()) {
    throw Error(ErrorKind::storage, container_object(bid_) + ": an object of that name exists");
  }
  if (data_again.get() != payload.data_hash) {
    throw Error(ErrorKind::storage, container_object(bid_) + ": its data reads back differently");
  }
  read_back(entry, cbor);
  dek_ = Secret();
  return entry;
}

Bytes32 ContainerWriter::hash_written_data() const {
  BulkHasher hasher(kDataHashLabel);
  Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kReadBackBytes, data_len_)));
  for (std::uint64_t done = 0; done < data_len_;) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), data_len_ - done));
    const MutableByteSpan part = MutableByteSpan(buffer).first(count);
    object_->read(kContainerMagic.size() + done, part);
    hasher.update(part);
    done += count;
  }
  return hasher.finish();
}

// What was just written is read again before anything relies on it: an error of memory or of the
// file system shows tonight, not on the day of the restore. The system may answer from its cache;
// what the disk holds is for scrub to say.
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
}

}  // namespace valise
