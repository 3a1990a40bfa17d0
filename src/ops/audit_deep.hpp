#pragma once

#include "ops/audit_book.hpp"
#include "vault/key_ring.hpp"

namespace valise {

/// L3: opens every backup with `key`, rebuilds each slot from the key inside and compares it byte
/// for byte (an agent: its own slot), and decrypts all content. Rows that pass get level 3.
void audit_deep(const Vault& vault, AuditBook& book, const VaultKey& key, const Run& run);

}  // namespace valise
