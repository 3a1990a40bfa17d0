#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "format/entry.hpp"

namespace valise {

/// What a slot is bound to.
struct SlotContext {
  Bytes16 vault_id{};
  Bytes16 bid{};
  Bytes32 policy{};
  std::uint8_t k = 0;
  std::uint8_t n = 0;
};

/// One reader's public key and pre-shared key (a view of 32 bytes).
struct SlotReader {
  Bytes32 pk{};
  ByteSpan psk;
};

/// share_i of the container's key: i = 0, or k <= 1, gives the key itself.
[[nodiscard]] Secret slot_share(ByteSpan dek, const SlotContext& context, std::uint8_t index);

/// Slot `index` (0 = owner). Deterministic: the same inputs give the same bytes. Throws
/// Error(usage) for a reader's key of low order. Format: formats/slot.md.
[[nodiscard]] Slot make_slot(ByteSpan dek, const SlotContext& context, std::uint8_t index,
                             const SlotReader& reader);

/// All 1 + n slots; readers[0] is the owner.
[[nodiscard]] std::vector<Slot> make_slots(ByteSpan dek, const SlotContext& context,
                                           std::span<const SlotReader> readers);

/// The share in a slot, checked against its proof; nothing when the slot is not this reader's, was
/// changed, or holds a point of low order.
[[nodiscard]] std::optional<Secret> open_slot(const Slot& slot, const SlotContext& context,
                                              std::uint8_t index, ByteSpan sk, const Bytes32& pk,
                                              ByteSpan psk);

/// receipt_i, whose hash stands in the slot as its proof.
[[nodiscard]] Secret slot_receipt(ByteSpan share, const Bytes16& bid, std::uint8_t index);
/// The proof field of a slot.
[[nodiscard]] Bytes32 slot_proof(const Slot& slot);
/// True if `share` is the one whose receipt the slot's proof is the hash of: a share that came from
/// elsewhere can be checked without the reader's key.
[[nodiscard]] bool share_fits(ByteSpan share, const Slot& slot, const Bytes16& bid,
                              std::uint8_t index);

/// The context of a BACKUP entry's slots.
[[nodiscard]] SlotContext slot_context(const EntryHeader& header, const BackupPayload& payload);

}  // namespace valise
