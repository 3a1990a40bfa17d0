#pragma once

#include <filesystem>
#include <optional>

namespace valise {

/// The vault that `path` is or lies in: the nearest folder from `path` upwards, links followed,
/// that holds a vault object. Nothing where there is none, or where it cannot be looked at.
/// Thread-safe.
[[nodiscard]] std::optional<std::filesystem::path> vault_around(const std::filesystem::path& path);

/// Whether a passphrase may open the vault in this folder: true where a key file stands there, or
/// where that cannot be looked at. Thread-safe.
[[nodiscard]] bool may_have_passphrase(const std::filesystem::path& vault);

}  // namespace valise
