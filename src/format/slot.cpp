#include "format/slot.hpp"

#include <cassert>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "crypto/shamir.hpp"
#include "crypto/x25519.hpp"
#include "format/card.hpp"

namespace valise {
namespace {

constexpr std::size_t kEpkBytes = 32;
constexpr std::size_t kSealedShareBytes = 32 + kAeadTagBytes;
constexpr std::size_t kProofAt = kEpkBytes + kSealedShareBytes;
static_assert(kProofAt + 32 == kSlotBytes);

/// The key that seals the share in a slot. `z` is the X25519 secret of this slot.
Secret wrap_key(const SlotContext& context, const ByteArray<1>& index, ByteSpan z,
                const Bytes32& epk, const Bytes32& pk, ByteSpan psk) {
  const Secret q = derive("VL1.slot.psk", psk, {context.bid});
  return derive("VL1.slot.wrap", q.view(),
                {z, epk, pk, context.vault_id, context.bid, context.policy, index});
}

Bytes32 proof_of(const Secret& receipt) { return hash("VL1.slot.proof", {receipt.view()}); }

}  // namespace

Secret slot_share(ByteSpan dek, const SlotContext& context, std::uint8_t index) {
  std::vector<Secret> coefficients;
  for (std::uint8_t j = 1; j < context.k; ++j) {
    const ByteArray<3> knj{context.k, context.n, j};
    coefficients.push_back(derive("VL1.shamir", dek, {context.bid, knj}));
  }
  return shamir_share(dek, coefficients, index);
}

Slot make_slot(ByteSpan dek, const SlotContext& context, std::uint8_t index,
               const SlotReader& reader) {
  assert(dek.size() == 32 && reader.psk.size() == 32 && index <= context.n);
  const ByteArray<1> i{index};
  const Secret esk = derive("VL1.slot.esk", dek, {context.bid, context.policy, i, reader.pk});
  const Bytes32 epk = x25519_public(esk.view());
  const auto z = x25519_shared(esk.view(), reader.pk);
  if (!z) {
    throw Error(ErrorKind::usage,
                "the public key of reader " + std::to_string(index) +
                    " is of low order, so anyone could open what is sealed to it; ask for the "
                    "card again");
  }
  const Secret share = slot_share(dek, context, index);
  const Secret key = wrap_key(context, i, z->view(), epk, reader.pk, reader.psk);
  ByteWriter out;
  out.bytes(epk).bytes(seal(key.view(), share.view()));
  out.bytes(proof_of(slot_receipt(share.view(), context.bid, index)));
  return array_of<kSlotBytes>(out.view());
}

std::vector<Slot> make_slots(ByteSpan dek, const SlotContext& context,
                             std::span<const SlotReader> readers) {
  assert(readers.size() == std::size_t{1} + context.n);
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < readers.size(); ++i) {
    slots.push_back(make_slot(dek, context, static_cast<std::uint8_t>(i), readers[i]));
  }
  return slots;
}

std::optional<Secret> open_slot(const Slot& slot, const SlotContext& context, std::uint8_t index,
                                ByteSpan sk, const Bytes32& pk, ByteSpan psk) {
  assert(sk.size() == 32 && psk.size() == 32);
  const ByteSpan bytes(slot);
  const Bytes32 epk = array_of<kEpkBytes>(bytes);
  const auto z = x25519_shared(sk, epk);
  if (!z) return std::nullopt;
  const Secret key = wrap_key(context, ByteArray<1>{index}, z->view(), epk, pk, psk);
  auto share = open_secret(key.view(), bytes.subspan(kEpkBytes, kSealedShareBytes));
  if (!share) return std::nullopt;
  if (!share_fits(share->view(), slot, context.bid, index)) return std::nullopt;
  return share;
}

Secret slot_receipt(ByteSpan share, const Bytes16& bid, std::uint8_t index) {
  return derive("VL1.slot.rcpt", share, {bid, ByteArray<1>{index}});
}

Bytes32 slot_proof(const Slot& slot) { return array_of<32>(ByteSpan(slot).subspan(kProofAt)); }

bool share_fits(ByteSpan share, const Slot& slot, const Bytes16& bid, std::uint8_t index) {
  return equal_secret(proof_of(slot_receipt(share, bid, index)), slot_proof(slot));
}

SlotContext slot_context(const EntryHeader& header, const BackupPayload& payload) {
  assert(!payload.slots.empty());
  return {.vault_id = header.vault_id,
          .bid = payload.bid,
          .policy = payload.policy,
          .k = payload.k,
          .n = static_cast<std::uint8_t>(payload.slots.size() - 1)};
}

}  // namespace valise
