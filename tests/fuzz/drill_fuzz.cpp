#include "format/drill.hpp"
#include "format/entry.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

const SigningKey& drilling_agent() {
  static const SigningKey key(Bytes(32, 5));
  return key;
}

void rebuild_drill(ByteSpan bytes) {
  accepts([&] {
    const Drill drill = parse_drill(bytes, drilling_agent().public_key(), "drill");
    promise(drill.slot >= 1 && drill.slot <= kReadersMax, "a slot of an agent");
    const auto again = sign_drill(drill, drilling_agent());
    promise(Bytes(again.begin(), again.end()) == Bytes(bytes.begin(), bytes.end()),
            "a drill has one form");
  });
}

}  // namespace

void drill(ByteSpan input) {
  rebuild_drill(input);
  accepts([&] {
    const std::vector<DrillClaim> claims = split_drill_file(input, "drills");
    promise(claims.size() * kDrillBytes == input.size(), "a file of drills is split whole");
  });
  // The same bytes signed by a key that is at hand, to get past the signature.
  Bytes bytes(input.begin(), input.end());
  bytes.resize(kDrillBytes - kSignatureBytes);
  append(bytes, drilling_agent().sign(bytes));
  rebuild_drill(bytes);
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(drill);
