#pragma once

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "crypto/sign.hpp"

namespace valise {

inline constexpr std::size_t kSeedBytes = 20;

/// Everything that follows from a seed, for owners and agents alike. Format: formats/root_keys.md.
class RootKeys {
 public:
  /// From exactly kSeedBytes bytes.
  explicit RootKeys(ByteSpan seed);
  [[nodiscard]] static RootKeys generate();

  [[nodiscard]] ByteSpan seed() const noexcept { return seed_.view(); }
  /// R, the key of the derivations that are not keys of their own here.
  [[nodiscard]] ByteSpan root() const noexcept { return root_.view(); }
  [[nodiscard]] ByteSpan sk() const noexcept { return sk_.view(); }
  [[nodiscard]] const Bytes32& pk() const noexcept { return pk_; }
  [[nodiscard]] ByteSpan psk() const noexcept { return psk_.view(); }
  [[nodiscard]] const SigningKey& signing() const noexcept { return signing_; }
  [[nodiscard]] const Bytes32& sign_pk() const noexcept { return signing_.public_key(); }
  [[nodiscard]] Bytes16 vault_id() const;
  /// dpsk: lets one device learn the agents' psks from signed entries.
  [[nodiscard]] Secret device_psk(const Bytes32& device_pk) const;

 private:
  Secret seed_;
  Secret root_;
  Secret sk_;
  Bytes32 pk_{};
  Secret psk_;
  SigningKey signing_;
};

/// The id of the vault whose owner signs with `root_pk`.
[[nodiscard]] Bytes16 vault_id_of(const Bytes32& root_pk);

}  // namespace valise
