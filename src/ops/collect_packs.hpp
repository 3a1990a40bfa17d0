#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ops/scrub_objects.hpp"
#include "vault/snapshot_index.hpp"

namespace valise {

/// A vault's objects at one moment, and how late it then was by the storage's clock as far as can
/// be told: no later than the newest of them says, nor than this machine's clock. So neither clock
/// alone makes anything look older than it is.
struct ObjectTable {
  std::map<ObjectName, ObjectInfo> objects;
  UnixSeconds now = 0;
  [[nodiscard]] const ObjectInfo* find(const ObjectName& name) const;
  [[nodiscard]] bool older_than(const ObjectInfo& object, UnixSeconds seconds) const noexcept {
    return object.modified < now && now - object.modified > seconds;
  }
};
[[nodiscard]] ObjectTable list_objects(const Storage& storage, const Clock& clock);

/// How old an object must be, that nothing names, before it is removed: another device may be about
/// to name it. Format: formats/vault.md.
inline constexpr UnixSeconds kOrphanSeconds = 7 * 24 * 3600;
/// Between the removal of containers and that of the packs that only they named.
inline constexpr UnixSeconds kPackWaitSeconds = 24 * 3600;

struct UnusedPacks {
  std::vector<ObjectInfo> packs;
  std::string wait;        ///< Why none was looked for; "" where they were.
  std::set<Bytes16> read;  ///< Containers whose references were read.
};

/// The packs that no container of the vault names, whether an entry names the container or not. No
/// pack is unused where a container cannot be read, or the one of a kept backup with packs is
/// missing or carries another entry than the logged one: nobody knows then what it needs. Throws
/// Error(storage), Error(cancelled).
[[nodiscard]] UnusedPacks find_unused_packs(const Vault& vault, const SnapshotIndex& index,
                                            const LoggedObjects& logged, const ObjectTable& table,
                                            const Run& run);

/// Removes them, but for those that containers which came meanwhile name. Returns what was removed;
/// sets `unused.wait` where one of those cannot be read. Throws like find_unused_packs.
std::vector<ObjectInfo> remove_unused_packs(const Vault& vault, const SnapshotIndex& index,
                                            const LoggedObjects& logged, UnusedPacks& unused,
                                            const Run& run);

}  // namespace valise
