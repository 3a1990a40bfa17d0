#pragma once

#include "valise/run.hpp"
#include "valise/scrub.hpp"
#include "vault/vault.hpp"

namespace valise {

/// Moves the damaged objects of a report to damaged/, and marks their findings. Each is checked
/// once more just before: the scrub may have looked at it hours ago, and what was put there since
/// is left alone. The owner's key files stay where they are: half of one may still be worth more
/// than none. So do entries that their signer wrote under their number, whatever they say. Throws
/// Error(storage), Error(cancelled).
void quarantine_damaged(const Vault& vault, const Run& run, ScrubReport& report);

}  // namespace valise
