#include "format/entry.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

void rebuild_entry(ByteSpan bytes) {
  accepts([&] {
    const Entry entry = parse_entry(bytes, "entry");
    const Bytes body = encode_entry_body(entry.header, entry.payload);
    promise(body == Bytes(entry.body().begin(), entry.body().end()), "an entry has one form");
    promise(entry.id == entry_id_of(body), "an entry's id");
    const RootKeys stranger(Bytes(kSeedBytes, 2));
    if (entry.type() == EntryType::policy) {
      promise(!open_policy_psks(entry, stranger), "a stranger opens no psks");
      promise(!open_policy_psks(entry, entry.header.signer, stranger.psk()),
              "a stranger opens no device's psks");
    }
    if (entry.type() == EntryType::device) {
      promise(!open_device_psks(entry, stranger.psk()), "a stranger opens no psks");
    }
  });
}

}  // namespace

void entry(ByteSpan input) {
  rebuild_entry(input);
  // The same bytes signed by a key that is at hand, to get past the signature. Only what an entry
  // can hold at all is worth signing.
  if (input.size() < kEntryHeaderBytes || input.size() > kEntryBytesMax) return;
  static const SigningKey key(Bytes(32, 3));
  Bytes bytes(input.begin(), input.end());
  std::copy(key.public_key().begin(), key.public_key().end(), bytes.begin() + 32);
  append(bytes, key.sign(bytes));
  rebuild_entry(bytes);
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(entry);
