#include "format/drill.hpp"

#include <cassert>

#include "base/cursor.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "format/entry.hpp"

namespace valise {
namespace {

constexpr std::string_view kDrillMagic = "VLSDRIL1";

}  // namespace

ByteArray<kDrillBytes> sign_drill(const Drill& drill, const SigningKey& agent) {
  assert(drill.slot >= 1 && drill.slot <= kReadersMax);
  ByteWriter out;
  out.text(kDrillMagic).bytes(drill.vault_id).bytes(drill.entry_id).u8(drill.slot).zero(7);
  out.u64(drill.time).bytes(drill.receipt);
  out.bytes(agent.sign(out.view()));
  assert(out.size() == kDrillBytes);
  return array_of<kDrillBytes>(out.view());
}

Drill parse_drill(ByteSpan bytes, const Bytes32& agent_sign_pk, std::string_view object) {
  ByteReader in(bytes, object);
  if (bytes.size() != kDrillBytes) in.fail("it is not a drill: it has the wrong length");
  const ByteSpan magic = in.take(kDrillMagic.size());
  if (text_of(magic) != kDrillMagic) {
    if (text_of(magic.first(7)) == kDrillMagic.substr(0, 7)) {
      in.fail("it is a drill made by a newer version of valise; update this one");
    }
    in.fail("it is not a drill");
  }
  const std::size_t signed_bytes = kDrillBytes - kSignatureBytes;
  if (!verify_signature(agent_sign_pk, bytes.first(signed_bytes),
                        array_of<kSignatureBytes>(bytes.subspan(signed_bytes)))) {
    in.fail("the agent's signature does not match");
  }
  Drill drill;
  drill.vault_id = in.array<16>();
  drill.entry_id = in.array<32>();
  drill.slot = in.u8();
  in.expect_zero(7);
  drill.time = in.u64();
  drill.receipt = in.array<32>();
  if (drill.slot < 1 || drill.slot > kReadersMax) in.fail("no agent has that slot");
  return drill;
}

bool drill_fits(const Drill& drill, const Bytes32& proof) {
  return equal_secret(hash("VL1.slot.proof", {drill.receipt}), proof);
}

std::vector<DrillClaim> split_drill_file(ByteSpan bytes, std::string_view object) {
  ByteReader in(bytes, object);
  if (bytes.empty() || bytes.size() % kDrillBytes != 0 || bytes.size() > kDrillFileBytesMax) {
    in.fail("it is no file of drills: it has the wrong length");
  }
  std::vector<DrillClaim> claims;
  while (in.remaining() > 0) {
    DrillClaim claim;
    claim.bytes = in.array<kDrillBytes>();
    ByteReader fields(claim.bytes, object);
    if (text_of(fields.take(kDrillMagic.size())) != kDrillMagic) {
      fields.fail("it is no file of drills");
    }
    static_cast<void>(fields.take(16));
    claim.entry_id = fields.array<32>();
    claim.slot = fields.u8();
    if (claim.slot < 1 || claim.slot > kReadersMax) fields.fail("no agent has that slot");
    claims.push_back(claim);
  }
  return claims;
}

}  // namespace valise
