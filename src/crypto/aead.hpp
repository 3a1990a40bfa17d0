#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

inline constexpr std::size_t kAeadTagBytes = 16;

// AEAD(k, m, ad): XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha-03) with a nonce of 24 zero
// bytes. Every key seals one message only: that is the caller's promise (formats/notation.md).
// Opening returns nothing when the tag does not match, and releases no plaintext. Thread-safe.

/// Seals into `out`, which is message.size() + kAeadTagBytes long and does not overlap `message`.
void seal_into(MutableByteSpan out, ByteSpan key, ByteSpan message, ByteSpan ad = {});
[[nodiscard]] Bytes seal(ByteSpan key, ByteSpan message, ByteSpan ad = {});
/// The same in the message's own memory, which is moved where its capacity has no room for a tag.
[[nodiscard]] Bytes seal_in_place(ByteSpan key, Bytes message);

/// Opens into `out`, which is sealed.size() - kAeadTagBytes long; false when the tag is wrong.
[[nodiscard]] bool open_into(MutableByteSpan out, ByteSpan key, ByteSpan sealed, ByteSpan ad = {});
[[nodiscard]] std::optional<Bytes> open(ByteSpan key, ByteSpan sealed, ByteSpan ad = {});
/// The same for a message that is itself a secret.
[[nodiscard]] std::optional<Secret> open_secret(ByteSpan key, ByteSpan sealed, ByteSpan ad = {});

}  // namespace valise
