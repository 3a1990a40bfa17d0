#pragma once

#include <string>

#include "cli/json_out.hpp"
#include "valise/copy.hpp"

namespace valise::cli {

// The reports of `copy`, for people and as JSON lines.

/// What will be copied, and who can open it before and after.
[[nodiscard]] std::string copy_plan_text(const CopyPlan& plan, bool dry_run);
/// One line for one copy.
[[nodiscard]] std::string copied_text(const BackupSummary& summary);
/// What was done, and what it did not undo.
[[nodiscard]] std::string copy_text(const CopyReport& report, bool dry_run);

[[nodiscard]] Json copy_plan_json(const CopyPlan& plan);
/// As backup_json, with `type` "backup", and the original.
[[nodiscard]] Json copied_json(const BackupSummary& summary);
[[nodiscard]] Json copy_failure_json(const CopyFailure& failure);
[[nodiscard]] Json copy_json(const CopyReport& report, bool dry_run);

}  // namespace valise::cli
