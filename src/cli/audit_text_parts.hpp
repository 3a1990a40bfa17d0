#pragma once

#include <string>
#include <vector>

#include "valise/audit.hpp"

namespace valise::cli {

// The pieces of an audit's text (audit_text.hpp).

/// Whether the owner's key was compared, and with what.
[[nodiscard]] std::string pin_text(const AuditedVault& vault);
/// The totals of a vault: what agents can open, and how far it is proven.
[[nodiscard]] std::string glance_text(const AuditedVault& vault);
/// A line for each agent.
[[nodiscard]] std::string readers_text(const std::vector<AuditedReader>& readers);
/// "warning", as wide as the others.
[[nodiscard]] const char* severity_text(Severity severity);
/// What is wrong with a row, by codes.
[[nodiscard]] std::string notes_text(const AuditedBackup& row);

}  // namespace valise::cli
