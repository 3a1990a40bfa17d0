#pragma once

#include "ops/audit_book.hpp"
#include "ops/audit_objects.hpp"
#include "valise/run.hpp"

namespace valise {

/// Reads the owner's log into the book: policies, devices, and which device had to know which
/// policy when.
void read_owner_log(AuditBook& book, const AuditListing& listing, WorkerPool& pool);

/// Reads the logs of all devices into the book, with the containers and drills of their backups.
/// Throws Error(storage), Error(cancelled).
void read_device_logs(AuditBook& book, const AuditListing& listing, WorkerPool& pool,
                      const Run& run);

}  // namespace valise
