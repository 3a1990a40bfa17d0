#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "crypto/argon2.hpp"
#include "crypto/secret.hpp"
#include "format/root_keys.hpp"

namespace valise {

inline constexpr std::size_t kKeyFileBytes = 140;
using KeyFile = ByteArray<kKeyFileBytes>;

// Limits, checked before anything is allocated.
inline constexpr std::uint32_t kKeyFileMemoryKibMin = 64 * 1024;
inline constexpr std::uint32_t kKeyFileMemoryKibMax = 4 * 1024 * 1024;
inline constexpr std::uint32_t kKeyFilePassesMax = 64;
inline constexpr std::uint32_t kKeyFileLanesMax = 16;
inline constexpr std::uint64_t kKeyFileWorkKibMax = 16ULL * 1024 * 1024;

/// Wraps a seed under a passphrase (its bytes are already NFC and stripped).
/// Format: formats/key_file.md.
[[nodiscard]] KeyFile seal_key_file(const RootKeys& keys, ByteSpan passphrase,
                                    const Argon2Cost& cost, const Bytes16& salt);

/// True where the bytes are a key file or what damage left of one: they bear its mark, of whatever
/// version, or have its length and ask for a cost inside the limits.
[[nodiscard]] bool may_be_key_file(ByteSpan bytes);

/// The public key that the file claims to wrap: unproven until it is opened.
/// Throws Error(corrupt) when `bytes` is not a key file.
[[nodiscard]] Bytes32 key_file_root_pk(ByteSpan bytes, std::string_view object);

/// The cost that the file asks for, inside the limits: else Error(limit), before anything is
/// allocated. Throws Error(corrupt) when `bytes` is not a key file.
[[nodiscard]] Argon2Cost key_file_cost(ByteSpan bytes, std::string_view object);

/// The second half of open_key_file, with the key that Argon2id made of the passphrase. Throws as
/// that does.
[[nodiscard]] RootKeys unwrap_key_file(ByteSpan bytes, const Secret& kek, std::string_view object);

/// Opens a key file. Throws Error(corrupt) when it is none, Error(limit) when its cost is out of
/// the limits, Error(wrong_key) when the passphrase does not open it or the bytes were changed
/// (the two cannot be told apart). `object` names the file in messages.
[[nodiscard]] RootKeys open_key_file(ByteSpan bytes, ByteSpan passphrase, std::string_view object);

}  // namespace valise
