#include "format/recovery_code.hpp"

#include <cassert>

#include "base/base32.hpp"
#include "base/error.hpp"
#include "crypto/hash.hpp"
#include "format/root_keys.hpp"

namespace valise {
namespace {

constexpr std::size_t kGroupCharacters = 4;
constexpr std::size_t kCodeCharacters = 36;
constexpr std::size_t kCodeTextBytes = kCodeCharacters + kCodeCharacters / kGroupCharacters - 1;
// 36 characters are 180 bits: 20 bytes of seed, 2 bytes and the high half of one of the checksum.
constexpr std::size_t kCodeBytes = kSeedBytes + 3;

[[noreturn]] void refuse_code(const std::string& why) {
  throw Error(ErrorKind::wrong_key, "recovery code: " + why);
}

/// seed || top 20 bits of H("VL1.code", seed) || four zero bits.
Secret with_checksum(ByteSpan seed) {
  Secret out(kCodeBytes);
  const MutableByteSpan bytes = out.mutable_view();
  std::copy(seed.begin(), seed.end(), bytes.begin());
  Bytes32 sum = hash("VL1.code", {seed});
  bytes[kSeedBytes] = sum[0];
  bytes[kSeedBytes + 1] = sum[1];
  bytes[kSeedBytes + 2] = sum[2] & 0xf0;
  wipe(sum);
  return out;
}

}  // namespace

Secret format_recovery_code(ByteSpan seed) {
  assert(seed.size() == kSeedBytes);
  const Secret bytes = with_checksum(seed);
  Secret characters(kCodeCharacters);
  base32_encode(characters.mutable_view(), bytes.view());
  Secret text(kCodeTextBytes);
  const MutableByteSpan out = text.mutable_view();
  for (std::size_t i = 0, at = 0; i < kCodeCharacters; ++i) {
    if (i > 0 && i % kGroupCharacters == 0) out[at++] = '-';
    out[at++] = characters.view()[i];
  }
  return text;
}

Secret parse_recovery_code(ByteSpan text) {
  Secret characters(kCodeCharacters);
  const MutableByteSpan kept = characters.mutable_view();
  std::size_t count = 0;
  for (const std::uint8_t character : text) {
    if (base32_separator(character)) continue;
    // Its place is named, the character is not: it may be part of the secret.
    if (!base32_value(character)) {
      refuse_code("character " + std::to_string(count + 1) +
                  " is none of the alphabet (0-9 and A-Z without U)");
    }
    if (count < kCodeCharacters) kept[count] = character;
    ++count;
  }
  if (count != kCodeCharacters) {
    refuse_code("it has " + std::to_string(count) + " characters instead of " +
                std::to_string(kCodeCharacters));
  }
  Secret bytes(kCodeBytes);
  if (!base32_decode(bytes.mutable_view(), characters.view())) refuse_code("it cannot be read");
  Secret seed = Secret::copy_of(bytes.view().first(kSeedBytes));
  if (!equal_secret(with_checksum(seed.view()).view(), bytes.view())) {
    refuse_code("the checksum does not match: a character is mistyped or two are swapped");
  }
  return seed;
}

}  // namespace valise
