#include "ops/collect_packs.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void check_cancelled(const Run& run) {
  if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
}

/// The entries of kept backups with packs, by their ids: any writer can claim another's, and then
/// the container of one of them is gone.
using KeptEntries = std::multimap<Bytes16, const Entry*>;

KeptEntries kept_entries(const SnapshotIndex& index) {
  KeptEntries kept;
  for (const Snapshot& snapshot : index.all()) {
    if (snapshot.backup().media_count > 0) kept.emplace(snapshot.backup().bid, &snapshot.entry);
  }
  return kept;
}

// Anybody who can write to the storage can put a container under any id. So what stands under the
// id of a backup is believed only with the entry of that backup: one of another signer would have
// its packs taken for unused. What no log names counts by what it names itself.
std::string stand_in(const LoggedObjects& logged, const KeptEntries& kept,
                     const ContainerReader& container) {
  const Bytes16& bid = container.backup().bid;
  const auto [first, last] = kept.equal_range(bid);
  const bool other = std::any_of(
      first, last, [&](const auto& one) { return one.second->bytes != container.entry().bytes; });
  if (!other && (!logged.keeps(bid) || logged.claim_of(container.entry()) != nullptr)) return {};
  return container.object() +
         " carries another entry than the log holds for it, and nobody knows which packs the "
         "backup needs that was there; run \"valise audit\"";
}

// False, with the reason in `unused.wait`, when one of the containers cannot be read or believed.
bool take_references(const Vault& vault, const LoggedObjects& logged, const KeptEntries& kept,
                     const std::vector<ObjectInfo>& containers, const Run& run,
                     UnusedPacks& unused) {
  std::set<Bytes32> named;
  for (const ObjectInfo& object : containers) {
    const auto bid = container_bid_of(object.name);
    if (!bid || unused.read.contains(*bid)) continue;
    check_cancelled(run);
    try {
      const ContainerReader container = ContainerReader::open(vault, *bid);
      unused.wait = stand_in(logged, kept, container);
      if (!unused.wait.empty()) {
        unused.packs.clear();
        return false;
      }
      if (container.backup().media_count > 0) {
        for (const Bytes32& pack : container.refs()) named.insert(pack);
      }
      unused.read.insert(*bid);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::limit) throw;
      // Taken away since it was listed: by a prune of another device, or a run that gave it up.
      if (!vault.storage().size(object.name)) continue;
      unused.packs.clear();
      unused.wait = std::string("nobody knows which packs this container needs: ") + error.what() +
                    "; run \"valise scrub\"";
      return false;
    }
  }
  std::erase_if(unused.packs,
                [&](const ObjectInfo& pack) { return named.contains(*pack_id_of(pack.name)); });
  return true;
}

bool removed_lately(const LoggedObjects& logged, const ObjectTable& table) {
  return std::any_of(logged.prunes.begin(), logged.prunes.end(), [&](const ObjectName& name) {
    const ObjectInfo* entry = table.find(name);
    return entry == nullptr || !table.older_than(*entry, kPackWaitSeconds);
  });
}

}  // namespace

const ObjectInfo* ObjectTable::find(const ObjectName& name) const {
  const auto found = objects.find(name);
  return found == objects.end() ? nullptr : &found->second;
}

ObjectTable list_objects(const Storage& storage, const Clock& clock) {
  ObjectTable table;
  for (ObjectInfo& object : storage.list("")) {
    table.now = std::max(table.now, object.modified);
    ObjectName name = object.name;
    table.objects.emplace(std::move(name), std::move(object));
  }
  table.now = std::min(table.now, clock.now());
  return table;
}

UnusedPacks find_unused_packs(const Vault& vault, const SnapshotIndex& index,
                              const LoggedObjects& logged, const ObjectTable& table,
                              const Run& run) {
  UnusedPacks unused;
  std::vector<ObjectInfo> containers;
  for (const auto& [name, object] : table.objects) {
    if (container_bid_of(name)) containers.push_back(object);
    if (pack_id_of(name) && table.older_than(object, kOrphanSeconds)) {
      unused.packs.push_back(object);
    }
  }
  if (unused.packs.empty()) return unused;
  if (removed_lately(logged, table)) {
    unused.packs.clear();
    unused.wait =
        "containers were removed less than 24 hours before the vault last took anything; a later "
        "prune looks for packs that only they named";
    return unused;
  }
  const KeptEntries kept = kept_entries(index);
  for (const auto& [bid, entry] : kept) {
    const ObjectName name = container_object(bid);
    if (table.find(name) != nullptr) continue;
    unused.packs.clear();
    unused.wait = name +
                  " is missing, and nobody knows which packs it needs; put it back, or let " +
                  "the rules give it up";
    return unused;
  }
  static_cast<void>(take_references(vault, logged, kept, containers, run, unused));
  return unused;
}

// Containers that come after this list do not keep a pack: their writers take up none that stands
// in it (usable_packs.cpp).
std::vector<ObjectInfo> remove_unused_packs(const Vault& vault, const SnapshotIndex& index,
                                            const LoggedObjects& logged, UnusedPacks& unused,
                                            const Run& run) {
  if (unused.packs.empty() || !take_references(vault, logged, kept_entries(index),
                                               vault.storage().list(kBackupsFolder), run, unused)) {
    return {};
  }
  for (const ObjectInfo& pack : unused.packs) {
    check_cancelled(run);
    vault.storage().remove(pack.name);
  }
  return unused.packs;
}

}  // namespace valise
