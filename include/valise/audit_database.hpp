#pragma once

#include <filesystem>
#include <memory>

#include "valise/audit.hpp"

namespace valise {

/// A sink that keeps an audit as an SQLite database of its own, for questions in SQL: the tables
/// vault, policy, agent, policy_agent, device, source, backup, reader, drill, finding, checkpoint,
/// code and unproven, and views over them; valise-audit(1) describes them. The new file (mode 0600)
/// appears under its name whole, with `total`, or never. `file` is absolute. Throws Error(usage)
/// where something stands there already, Error(storage).
[[nodiscard]] std::unique_ptr<AuditSink> audit_database(const std::filesystem::path& file);

}  // namespace valise
