#include "format/container.hpp"

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/padme.hpp"

namespace valise {
namespace {

constexpr std::size_t kManifestLenBytes = 8;
constexpr std::size_t kRefBytes = 32;

[[noreturn]] void over_limit(std::string_view object, const std::string& what) {
  throw Error(ErrorKind::limit, std::string(object) + ": " + what);
}

bool strictly_ascending(std::span<const Bytes32> ids) {
  return std::adjacent_find(ids.begin(), ids.end(),
                            [](const Bytes32& a, const Bytes32& b) { return a >= b; }) == ids.end();
}

}  // namespace

ContainerLayout container_layout(const BackupPayload& backup, std::size_t entry_bytes,
                                 std::string_view object) {
  // With these limits no sum below can pass 2^51.
  if (backup.data_len > kDataBytesMax) over_limit(object, "its data area is over 1 PiB");
  if (backup.manifest_len > kManifestBytesMax) over_limit(object, "its manifest is over 64 MiB");
  if (backup.media_count > kMediaRefsMax) {
    over_limit(object, "it names more than " + std::to_string(kMediaRefsMax) + " media packs");
  }
  if (entry_bytes > kEntryBytesMax) over_limit(object, "its entry is over 64 KiB");
  ContainerLayout layout;
  layout.data_offset = kContainerMagic.size();
  layout.data_len = backup.data_len;
  layout.manifest_offset = layout.data_offset + layout.data_len;
  layout.manifest_len = backup.manifest_len;
  layout.refs_offset = layout.manifest_offset + layout.manifest_len;
  layout.refs_len = backup.media_count * kRefBytes;
  layout.entry_offset = layout.refs_offset + layout.refs_len;
  layout.file_len = layout.entry_offset + entry_bytes + kContainerFooterBytes;
  return layout;
}

Entry parse_container_tail(ByteSpan tail, std::uint64_t file_len, std::string_view object) {
  ByteReader whole(tail, object);
  if (tail.size() > file_len ||
      tail.size() < std::min<std::uint64_t>(file_len, kContainerTailBytesMax)) {
    whole.fail("its end could not be read whole");
  }
  if (tail.size() < kContainerFooterBytes) whole.fail("it is too short for a container");
  ByteReader footer(tail.last(kContainerFooterBytes), object);
  const std::uint32_t entry_len = footer.u32();
  if (text_of(footer.rest()) != kContainerEnd) {
    footer.fail("it does not end like a container: it was cut short or has bytes appended");
  }
  if (entry_len > kEntryBytesMax || entry_len > tail.size() - kContainerFooterBytes) {
    footer.fail("the length of its entry is impossible");
  }
  Entry entry =
      parse_entry(tail.subspan(tail.size() - kContainerFooterBytes - entry_len, entry_len), object);
  const auto* backup = entry.as<BackupPayload>();
  if (backup == nullptr) footer.fail("the entry in it is not that of a backup");
  const ContainerLayout layout = container_layout(*backup, entry_len, object);
  if (layout.file_len != file_len) {
    footer.fail("it has " + std::to_string(file_len) + " bytes instead of " +
                std::to_string(layout.file_len));
  }
  return entry;
}

Secret record_key(ByteSpan dek, const Bytes16& bid, std::uint64_t index) {
  ByteWriter number;
  number.u64(index);
  return derive("VL1.record", dek, {bid, number.view()});
}

Secret manifest_key(ByteSpan dek, const Bytes32& commit) {
  return derive("VL1.manifest", dek, {commit});
}

Bytes seal_manifest(ByteSpan key, ByteSpan cbor) {
  const std::uint64_t padded = padme(kManifestLenBytes + cbor.size());
  if (padded + kAeadTagBytes > kManifestBytesMax) over_limit("manifest", "it is over 64 MiB");
  ByteWriter plain;
  plain.u64(cbor.size()).bytes(cbor).zero(padded - kManifestLenBytes - cbor.size());
  return seal(key, plain.view());
}

Bytes open_manifest(ByteSpan key, ByteSpan sealed, std::string_view object) {
  if (sealed.size() > kManifestBytesMax) over_limit(object, "its manifest is over 64 MiB");
  const auto plain = open(key, sealed);
  ByteReader in(plain ? ByteSpan(*plain) : ByteSpan(), object);
  if (!plain) in.fail("its manifest was changed or belongs to another container");
  const std::uint64_t length = in.u64();
  if (length > in.remaining() || padme(kManifestLenBytes + length) != plain->size()) {
    in.fail("its manifest is not padded as it should be");
  }
  const ByteSpan cbor = in.take(length);
  in.expect_zero(in.remaining());
  return {cbor.begin(), cbor.end()};
}

Bytes32 manifest_id(ByteSpan sealed_manifest) { return hash("VL1.manifest.id", {sealed_manifest}); }

Bytes encode_refs(std::span<const Bytes32> pack_ids) {
  if (pack_ids.size() > kMediaRefsMax) {
    over_limit("container", "it names more than " + std::to_string(kMediaRefsMax) + " media packs");
  }
  if (!strictly_ascending(pack_ids)) {
    throw Error(ErrorKind::corrupt, "container: the ids of its media packs are not in order");
  }
  Bytes out;
  out.reserve(pack_ids.size() * kRefBytes);
  for (const Bytes32& id : pack_ids) append(out, id);
  return out;
}

std::vector<Bytes32> parse_refs(ByteSpan bytes, std::string_view object) {
  ByteReader in(bytes, object);
  if (bytes.size() % kRefBytes != 0) in.fail("its list of media packs has a broken length");
  if (bytes.size() / kRefBytes > kMediaRefsMax) {
    over_limit(object, "it names more than " + std::to_string(kMediaRefsMax) + " media packs");
  }
  std::vector<Bytes32> ids;
  ids.reserve(bytes.size() / kRefBytes);
  while (in.remaining() > 0) ids.push_back(in.array<kRefBytes>());
  if (!strictly_ascending(ids)) in.fail("the ids of its media packs are not in order");
  return ids;
}

Bytes32 refs_hash(ByteSpan refs) { return bulk_hash("VL1.refs", refs); }

}  // namespace valise
