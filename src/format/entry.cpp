#include "format/entry.hpp"

#include <utility>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/hash.hpp"
#include "format/entry_payload.hpp"

namespace valise {
namespace {

constexpr std::string_view kEntryMagic = "VLSENTR1";

/// Reads up to the payload; the signature is already checked.
EntryHeader parse_header(ByteReader& in, std::uint8_t& type) {
  in.expect(kEntryMagic);
  type = in.u8();
  in.expect_zero(7);
  EntryHeader header;
  header.vault_id = in.array<16>();
  header.signer = in.array<32>();
  header.seq = in.u64();
  header.time = in.u64();
  header.prev = in.array<32>();
  if (header.seq == 0) in.fail("its number is 0, but the first is 1");
  return header;
}

void check_size_and_magic(ByteSpan bytes, std::string_view object) {
  const ByteReader in(bytes, object);
  if (bytes.size() > kEntryBytesMax) in.fail("it is longer than an entry can be");
  if (bytes.size() < kEntryHeaderBytes + kSignatureBytes) in.fail("it is shorter than an entry");
  const std::string magic = text_of(bytes.first(kEntryMagic.size()));
  if (magic == kEntryMagic) return;
  if (magic.substr(0, 7) == kEntryMagic.substr(0, 7)) {
    in.fail("it is an entry made by a newer version of valise; update this one");
  }
  in.fail("it is not an entry");
}

}  // namespace

EntryType Entry::type() const noexcept { return entry_type(payload); }

Bytes encode_entry_body(const EntryHeader& header, const EntryPayload& payload) {
  ByteWriter out;
  out.text(kEntryMagic).u8(static_cast<std::uint8_t>(entry_type(payload))).zero(7);
  out.bytes(header.vault_id).bytes(header.signer).u64(header.seq).u64(header.time);
  out.bytes(header.prev);
  encode_entry_payload(out, payload);
  if (out.size() + kSignatureBytes > kEntryBytesMax) {
    throw Error(ErrorKind::limit, "an entry would be longer than 64 KiB");
  }
  return out.take();
}

Bytes32 entry_id_of(ByteSpan body) { return hash("VL1.entry", {body}); }

Entry sign_entry(EntryHeader header, const EntryPayload& payload, const SigningKey& key) {
  header.signer = key.public_key();
  Bytes bytes = encode_entry_body(header, payload);
  append(bytes, key.sign(bytes));
  // What was just written must read back: a defect shows here and not at the restore.
  return parse_entry(bytes, "new entry");
}

Entry parse_entry(ByteSpan bytes, std::string_view object) {
  check_size_and_magic(bytes, object);
  const ByteSpan body = bytes.first(bytes.size() - kSignatureBytes);
  ByteReader in(body, object);
  std::uint8_t type = 0;
  // The signature comes first, so that a changed byte is called damage, and only what a signer
  // really wrote is called the work of a newer version.
  constexpr std::size_t kSignerAt = 32;
  if (!verify_signature(array_of<32>(body.subspan(kSignerAt)), body,
                        array_of<kSignatureBytes>(bytes.subspan(body.size())))) {
    in.fail("its signature does not match: it was changed or is damaged");
  }
  Entry entry;
  entry.header = parse_header(in, type);
  entry.payload = parse_entry_payload(in, type);
  in.expect_end();
  entry.bytes.assign(bytes.begin(), bytes.end());
  entry.id = entry_id_of(body);
  return entry;
}

Bytes32 backup_commitment(ByteSpan dek, ByteSpan body_before_commit) {
  return keyed_hash("VL1.commit", dek, {body_before_commit});
}

ByteSpan backup_commitment_input(ByteSpan body, std::size_t slot_count) {
  constexpr std::size_t kSlotsAt = 216;
  return body.first(kSlotsAt + slot_count * kSlotBytes);
}

bool is_signed_entry(ByteSpan bytes, const Bytes16& vault_id, const Bytes32& signer,
                     std::uint64_t seq) {
  if (bytes.size() > kEntryBytesMax || bytes.size() < kEntryHeaderBytes + kSignatureBytes) {
    return false;
  }
  ByteReader in(bytes, "entry");
  const std::string magic = text_of(in.take(kEntryMagic.size()));
  if (magic.substr(0, 7) != kEntryMagic.substr(0, 7)) return false;
  static_cast<void>(in.take(8));  // The type, and what is reserved.
  if (in.array<16>() != vault_id || in.array<32>() != signer || in.u64() != seq) return false;
  const ByteSpan body = bytes.first(bytes.size() - kSignatureBytes);
  return verify_signature(signer, body, array_of<kSignatureBytes>(bytes.subspan(body.size())));
}

}  // namespace valise
