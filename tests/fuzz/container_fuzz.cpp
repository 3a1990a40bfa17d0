#include "base/cursor.hpp"
#include "crypto/aead.hpp"
#include "format/container.hpp"
#include "format/padme.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

void check_tail(ByteSpan tail, std::uint64_t file_len) {
  accepts([&] {
    const Entry entry = parse_container_tail(tail, file_len, "container");
    const auto* backup = entry.as<BackupPayload>();
    promise(backup != nullptr, "a container ends with a backup's entry");
    const auto at = container_layout(*backup, entry.bytes.size(), "container");
    promise(at.data_offset + at.data_len == at.manifest_offset &&
                at.manifest_offset + at.manifest_len == at.refs_offset &&
                at.refs_offset + at.refs_len == at.entry_offset &&
                at.entry_offset + entry.bytes.size() + kContainerFooterBytes == at.file_len &&
                at.file_len == file_len,
            "the parts fill the file");
  });
}

/// A container's tail around an entry with this body, whatever it says, for a file as long as the
/// entry makes it.
void check_signed_tail(ByteSpan body) {
  if (body.size() < kEntryHeaderBytes || body.size() + kSignatureBytes > kEntryBytesMax) return;
  static const SigningKey key(Bytes(32, 3));
  Bytes entry(body.begin(), body.end());
  std::copy(key.public_key().begin(), key.public_key().end(), entry.begin() + 32);
  append(entry, key.sign(entry));
  std::uint64_t file_len = 0;
  accepts([&] {
    const Entry parsed = parse_entry(entry, "container");
    if (const auto* backup = parsed.as<BackupPayload>()) {
      file_len = container_layout(*backup, entry.size(), "container").file_len;
    }
  });
  ByteWriter tail;
  if (file_len > entry.size() + kContainerFooterBytes) {
    const std::uint64_t length = std::min<std::uint64_t>(file_len, kContainerTailBytesMax);
    tail.zero(length - entry.size() - kContainerFooterBytes);
  }
  tail.bytes(entry).u32(static_cast<std::uint32_t>(entry.size())).text(kContainerEnd);
  check_tail(tail.view(), file_len);
  check_tail(tail.view(), tail.size());
}

}  // namespace

void container(ByteSpan input) {
  check_tail(input, input.size());
  check_signed_tail(input);
  accepts([&] {
    const auto ids = parse_refs(input, "container");
    promise(encode_refs(ids) == Bytes(input.begin(), input.end()), "refs have one form");
  });
  const Bytes key(32, 4);
  promise(!accepts([&] { static_cast<void>(open_manifest(key, input, "container")); }),
          "no manifest opens without its key");
  accepts([&] {
    const Bytes cbor = open_manifest(key, seal(key, input), "container");
    promise(open(key, seal_manifest(key, cbor)) == Bytes(input.begin(), input.end()),
            "a manifest has one form");
  });
  promise(open_manifest(key, seal_manifest(key, input), "container") ==
              Bytes(input.begin(), input.end()),
          "a manifest comes back");
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(container);
