#pragma once

namespace valise {

/// The tables and views of valise/audit_database.hpp. Columns are only ever added.
extern const char* const kAuditDatabaseSchema;

}  // namespace valise
