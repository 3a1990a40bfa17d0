#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "valise/sources.hpp"

namespace valise::cli {

/// The numbers (from 1 to `count`) in an answer, separated by blanks or commas, each once and in
/// their order there, less one; all of them for "all" and for nothing. Nothing returned for an
/// answer that is none.
[[nodiscard]] std::optional<std::vector<std::size_t>> parse_choice(const std::string& answer,
                                                                   std::size_t count);

/// What a backup takes that was given no source: what the person at the terminal chooses of the
/// apps found here. Empty where nobody is there to ask or there is no choice; the library then
/// knows what to do, or says why not. Throws Error(usage) when nothing is chosen.
[[nodiscard]] std::vector<std::filesystem::path> choose_sources(Session& session, const Run& run);

}  // namespace valise::cli
