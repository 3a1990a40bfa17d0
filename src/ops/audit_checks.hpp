#pragma once

#include "ops/audit_book.hpp"
#include "ops/audit_objects.hpp"
#include "valise/audit.hpp"

namespace valise {

/// What can be said only when all logs are read: remembered entries, parents, ids claimed twice,
/// superseded policies, prunes, missing containers, undrilled agents, overdue sources.
void check_book(AuditBook& book, const AuditOptions& options);

/// Reads the tails of containers that no entry of the logs names: signed by a device of the vault
/// they may show what somebody took out of the log. Throws Error(storage).
void check_unlogged(AuditBook& book, const AuditListing& listing);

}  // namespace valise
