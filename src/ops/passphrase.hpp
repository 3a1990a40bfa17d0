#pragma once

#include <optional>

#include "crypto/secret.hpp"
#include "format/key_file.hpp"

namespace valise {

/// The least zxcvbn score that a new passphrase must have: a key file can be guessed at offline.
inline constexpr int kPassphraseScoreMin = 3;

/// A key file for a new passphrase, after its strength was checked; nothing where there is none.
/// Throws Error(usage) for a weak passphrase or a cost out of the limits.
[[nodiscard]] std::optional<KeyFile> new_key_file(const RootKeys& keys,
                                                  const std::optional<Secret>& passphrase,
                                                  std::uint32_t memory_kib);

}  // namespace valise
