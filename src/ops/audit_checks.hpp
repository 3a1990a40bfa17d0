#pragma once

#include "ops/audit_book.hpp"
#include "valise/audit.hpp"

namespace valise {

/// What can be said only when all logs are read: remembered entries, parents, ids claimed twice,
/// prunes, missing containers, undrilled agents, overdue sources.
void check_book(AuditBook& book, const AuditOptions& options);

}  // namespace valise
