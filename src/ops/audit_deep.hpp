#pragma once

#include "base/ordered_pipeline.hpp"
#include "ops/audit_book.hpp"
#include "vault/key_ring.hpp"

namespace valise {

/// L3: opens every listed backup with `key`, one container at a time, rebuilds each slot from the
/// key inside and compares it byte for byte (an agent: its own slot), decrypts all content, and
/// compares the catalog with the lengths of the packs, which are not read.
/// Where it takes more agents than one, an agent's slot is opened and no more.
/// Backups that pass get level 3.
void audit_deep(AuditBook& book, const VaultKey& key, WorkerPool& pool, const Run& run);

}  // namespace valise
