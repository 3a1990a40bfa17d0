#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "valise/run.hpp"

namespace valise {

/// "2026-01-31T08:00:00Z"
[[nodiscard]] std::string rfc3339(UnixSeconds time);
/// The last second of a day given as YYYY-MM-DD (UTC); nothing for anything else.
[[nodiscard]] std::optional<UnixSeconds> end_of_day(std::string_view date);
/// How many seconds this took; no change of the system's clock counts.
[[nodiscard]] double seconds_since(std::chrono::steady_clock::time_point start);

}  // namespace valise
