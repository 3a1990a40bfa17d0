#pragma once

#include <filesystem>
#include <optional>

#include "format/card.hpp"

namespace valise {

inline constexpr const char* kCardFileName = "agent.card";
inline constexpr std::uint64_t kCardFileBytesMax = 64 * 1024;

/// The card in a file of text; nothing where there is no such file. Throws Error(corrupt, storage).
[[nodiscard]] std::optional<Card> read_card_file(const std::filesystem::path& path);

}  // namespace valise
