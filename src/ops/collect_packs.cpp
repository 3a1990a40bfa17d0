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

// False, with the reason in `unused.wait`, when one of the containers cannot be read.
bool take_references(const Vault& vault, const std::vector<ObjectInfo>& containers, const Run& run,
                     UnusedPacks& unused) {
  std::set<Bytes32> named;
  for (const ObjectInfo& object : containers) {
    const auto bid = container_bid_of(object.name);
    if (!bid || unused.read.contains(*bid)) continue;
    check_cancelled(run);
    try {
      const ContainerReader container = ContainerReader::open(vault, *bid);
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
  for (const Snapshot& snapshot : index.all()) {
    const ObjectName name = container_object(snapshot.backup().bid);
    if (snapshot.backup().media_count == 0 || table.find(name) != nullptr) continue;
    unused.packs.clear();
    unused.wait = name +
                  " is missing, and nobody knows which packs it needs; put it back, or let " +
                  "the rules give it up";
    return unused;
  }
  static_cast<void>(take_references(vault, containers, run, unused));
  return unused;
}

// Containers that come after this list do not keep a pack: their writers take up none that stands
// in it (usable_packs.cpp).
std::vector<ObjectInfo> remove_unused_packs(const Vault& vault, UnusedPacks& unused,
                                            const Run& run) {
  if (unused.packs.empty() ||
      !take_references(vault, vault.storage().list(kBackupsFolder), run, unused)) {
    return {};
  }
  for (const ObjectInfo& pack : unused.packs) {
    check_cancelled(run);
    vault.storage().remove(pack.name);
  }
  return unused.packs;
}

}  // namespace valise
