#pragma once

#include "storage/storage.hpp"
#include "valise/audit.hpp"

namespace valise {

// The verb on any storage. See valise/audit.hpp.

[[nodiscard]] AuditReport audit_in(Storage& storage, const Run& run, const AuditOptions& options,
                                   const UnlockSource& unlock);

/// Hands the report of this one vault to the sink, without `total`.
void audit_in(Storage& storage, const Run& run, const AuditOptions& options,
              const UnlockSource& unlock, AuditSink& sink);

}  // namespace valise
