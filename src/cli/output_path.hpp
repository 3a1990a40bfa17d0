#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace valise::cli {

/// An absolute path of what a person typed, for something that is written outside of vaults: what
/// a vault's host may read must be sealed. Throws Error(usage), naming `what`, for nothing, and for
/// a place in a vault: one that stands, or `unmade`, which is about to be made.
[[nodiscard]] std::filesystem::path output_path(
    const std::string& typed, const std::string& what,
    const std::optional<std::filesystem::path>& unmade = std::nullopt);

/// The same for a path that is absolute already.
void refuse_in_vault(const std::filesystem::path& path, const std::string& what,
                     const std::optional<std::filesystem::path>& unmade = std::nullopt);

}  // namespace valise::cli
