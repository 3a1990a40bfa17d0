#pragma once

#include <functional>
#include <string>

#include "ops/opened_backup.hpp"

namespace valise {

// A copy is signed long after the day that it shows, and is named by that day. Only its manifest
// knows the day, so names that mean a time are looked up with the key.

/// The day that a snapshot shows: of a copy when the original was captured, else that of the entry.
[[nodiscard]] UnixSeconds shown_time(const Snapshot& snapshot, const Manifest& manifest) noexcept;

/// What can be told of a name before a key is asked for: throws Error(usage) or Error(not_found) as
/// SnapshotIndex::find does, but for a date, which may name a copy; and as refuse_if_behind does.
void check_snapshot_name(const VaultView& view, const std::string& name);

/// As refuse_if_behind and SnapshotIndex::find, but "latest" and a date go by the time that a
/// snapshot shows. Opens one manifest of each source, and of a source of copies one for each copy
/// that may be meant; those that do not open count by their entry's time.
[[nodiscard]] const Snapshot& find_snapshot(const VaultView& view, const std::string& name,
                                            const std::function<bool(const Snapshot&)>& wanted,
                                            const VaultKey& key);

}  // namespace valise
