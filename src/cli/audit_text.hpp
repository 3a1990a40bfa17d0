#pragma once

#include <filesystem>
#include <string>

#include "valise/audit.hpp"

namespace valise::cli {

/// The report for people: at a glance who can open how many backups; then each source's backups by
/// policy; findings, the worst first; the checkpoint lines, as --checkpoint reads them; and what no
/// audit can prove.
[[nodiscard]] std::string audit_text(const AuditReport& report, const std::filesystem::path& vault);

/// "signer seq entry_id", a line each.
[[nodiscard]] std::string checkpoint_text(const AuditReport& report);

}  // namespace valise::cli
