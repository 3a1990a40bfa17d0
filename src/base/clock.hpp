#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "valise/run.hpp"

namespace valise {

/// "2026-01-31T08:00:00Z"
[[nodiscard]] std::string rfc3339(UnixSeconds time);
/// The last second of a day given as YYYY-MM-DD (UTC); nothing for anything else.
[[nodiscard]] std::optional<UnixSeconds> end_of_day(std::string_view date);

}  // namespace valise
