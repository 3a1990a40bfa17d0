#include "crypto/hash.hpp"
#include "format/request_samples.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

constexpr std::size_t kRequestHeadBytes = 120;
constexpr std::size_t kRequestIdBytes = 32;

void rebuild_request(ByteSpan bytes) {
  accepts([&] {
    const ReceivedRequest received = parse_request(bytes, "request");
    promise(encode_request(received.request) == Bytes(bytes.begin(), bytes.end()),
            "a request has one form");
    promise(!received.request.backups.empty(), "a request names a backup");
  });
}

Bytes with_id(ByteSpan before) {
  Bytes bytes(before.begin(), before.end());
  append(bytes, hash("VL1.request", {before}));
  return bytes;
}

// Signs every entry anew, the first two by the owner of the sample and all others by its device, so
// that a change of their bodies gets past the signatures.
Bytes with_signatures(ByteSpan before) {
  static const test::RequestSample sample(1, 1);
  Bytes bytes(before.begin(), before.end());
  std::size_t at = kRequestHeadBytes;
  for (std::size_t i = 0; bytes.size() - at >= 4; ++i) {
    const std::size_t length = bytes[at] | std::size_t{bytes[at + 1]} << 8;
    at += 4;
    if (length < kEntryHeaderBytes + kSignatureBytes || length > bytes.size() - at) break;
    const SigningKey& key = i < 2 ? sample.owner.signing() : sample.device;
    const MutableByteSpan entry = MutableByteSpan(bytes).subspan(at, length);
    const Bytes64 signature = key.sign(entry.first(length - kSignatureBytes));
    std::copy(signature.begin(), signature.end(), entry.end() - kSignatureBytes);
    at += length;
  }
  return bytes;
}

}  // namespace

void request(ByteSpan input) {
  rebuild_request(input);
  if (input.size() < kRequestHeadBytes + kRequestIdBytes || input.size() > 100'000) return;
  const ByteSpan before = input.first(input.size() - kRequestIdBytes);
  rebuild_request(with_id(before));
  rebuild_request(with_id(with_signatures(before)));
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(request);
