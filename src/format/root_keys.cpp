#include "format/root_keys.hpp"

#include <cassert>
#include <utility>

#include "crypto/hash.hpp"
#include "crypto/x25519.hpp"

namespace valise {
namespace {

Secret root_of(ByteSpan seed) {
  assert(seed.size() == kSeedBytes);
  Bytes32 root = hash("VL1.root", {seed});
  Secret out = Secret::copy_of(root);
  wipe(root);
  return out;
}

}  // namespace

RootKeys::RootKeys(ByteSpan seed)
    : seed_(Secret::copy_of(seed)),
      root_(root_of(seed)),
      sk_(derive("VL1.x25519", root_.view(), {})),
      pk_(x25519_public(sk_.view())),
      psk_(derive("VL1.psk", root_.view(), {})),
      signing_(derive("VL1.sign", root_.view(), {}).view()) {}

RootKeys RootKeys::generate() { return RootKeys(Secret::random(kSeedBytes).view()); }

Bytes16 RootKeys::vault_id() const { return vault_id_of(sign_pk()); }

Secret RootKeys::device_psk(const Bytes32& device_pk) const {
  return derive("VL1.device.psk", root_.view(), {device_pk});
}

Bytes16 vault_id_of(const Bytes32& root_pk) { return array_of<16>(hash("VL1.vault", {root_pk})); }

}  // namespace valise
