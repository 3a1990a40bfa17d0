#pragma once

#include <string>

#include "cli/json_out.hpp"
#include "valise/prune.hpp"

namespace valise::cli {

// The reports of `prune`, for people and as JSON lines.

/// Each snapshot, source by source: what stays and why, and what goes.
[[nodiscard]] std::string prune_plan_text(const PruneReport& report, bool dry_run);
/// What was done, or would be.
[[nodiscard]] std::string prune_text(const PruneReport& report, bool dry_run);

[[nodiscard]] Json prune_row_json(const PruneRow& row);
[[nodiscard]] Json prune_json(const PruneReport& report, bool dry_run);

}  // namespace valise::cli
