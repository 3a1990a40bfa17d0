#pragma once

#include "ops/prune_survey.hpp"
#include "storage/storage.hpp"
#include "valise/prune.hpp"

namespace valise {

/// Copies what a chain must keep into a new chain of the same vault, where the chain also holds
/// what nothing but that needs; the prune that follows then finds that the old chain can go. A
/// chain stays that the next backup continues, that consists of copies, or that holds a snapshot
/// which must stay for another reason, and stands in `report.chains_left`. Asks for the key only
/// where there is such a chain. With `options.dry_run` it only counts. Throws as copy_snapshots; a
/// snapshot that cannot be copied stands in `report.failures`, and its chain stays.
void compact_chains(Storage& storage, const Run& run, const PruneOptions& options,
                    const UnlockSource& unlock, PruneReport& report);

/// For a dry run: adds to a survey the copies that compact_chains would make, and judges all once
/// more.
void assume_copies(const WriterSession& session, const Run& run, const PruneOptions& options,
                   PruneSurvey& survey);

}  // namespace valise
