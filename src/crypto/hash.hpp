#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

// The three hash functions of formats/notation.md. A label is at most 16 characters. The parts of
// a message are hashed one after the other, as if they stood in one buffer. All are thread-safe.

/// H(label, m): BLAKE2b-256 with the label as personalisation (RFC 7693 section 2.5).
[[nodiscard]] Bytes32 hash(std::string_view label, std::initializer_list<ByteSpan> parts);

/// KDF(label, k, m): H keyed with the 32 bytes k; the result is a secret.
[[nodiscard]] Secret derive(std::string_view label, ByteSpan key,
                            std::initializer_list<ByteSpan> parts);

/// KDF(label, k, m) where the result is published or compared in the open: a commitment, an id.
[[nodiscard]] Bytes32 keyed_hash(std::string_view label, ByteSpan key,
                                 std::initializer_list<ByteSpan> parts);

/// S(label, m): SHA-256 of the label zero-padded to 16 bytes, then m. For bulk data.
[[nodiscard]] Bytes32 bulk_hash(std::string_view label, ByteSpan message);

/// H over a message that arrives in pieces.
class Hasher {
 public:
  explicit Hasher(std::string_view label);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  ~Hasher();
  void update(ByteSpan bytes);
  /// Once only.
  [[nodiscard]] Bytes32 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// S over a message that arrives in pieces.
class BulkHasher {
 public:
  explicit BulkHasher(std::string_view label);
  BulkHasher(BulkHasher&&) noexcept;
  BulkHasher& operator=(BulkHasher&&) noexcept;
  BulkHasher(const BulkHasher&) = delete;
  BulkHasher& operator=(const BulkHasher&) = delete;
  ~BulkHasher();
  void update(ByteSpan bytes);
  /// Once only.
  [[nodiscard]] Bytes32 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace valise
