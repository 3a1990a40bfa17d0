#pragma once

#include "base/cursor.hpp"
#include "format/entry.hpp"

// The part of an entry after its header, one encoder and one parser for each type.
// Only entry.cpp and entry_psks.cpp need these. Format: formats/entry.md.

namespace valise {

[[nodiscard]] EntryType entry_type(const EntryPayload& payload) noexcept;

/// Throws Error(usage) for a payload that no reader would accept.
void encode_entry_payload(ByteWriter& out, const EntryPayload& payload);

/// Throws Error(corrupt) through `in`; leaves bytes after the payload unread.
[[nodiscard]] EntryPayload parse_entry_payload(ByteReader& in, std::uint8_t type);

/// The length of n sealed psks.
[[nodiscard]] constexpr std::size_t sealed_psks_bytes(std::size_t n) noexcept {
  return 32 * n + 16;
}

}  // namespace valise
