#pragma once

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

struct Argon2Cost {
  std::uint32_t memory_kib = 256 * 1024;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 4;
  [[nodiscard]] bool operator==(const Argon2Cost&) const = default;
};

/// Argon2id version 0x13 (RFC 9106) with associated data `ad`, 32 bytes. The caller has checked
/// the cost against its limits. Throws Error(limit) when the memory cannot be had.
[[nodiscard]] Secret argon2id(ByteSpan passphrase, ByteSpan salt, ByteSpan ad,
                              const Argon2Cost& cost);

}  // namespace valise
