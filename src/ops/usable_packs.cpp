// A prune removes packs that no container names once they are seven days old. It lists the
// containers once more just before, and keeps what new ones name; but a container that comes after
// that list it does not see, and a snapshot that then took up such a pack would lose it.
//
// So a writer takes up no pack that a prune may be about to remove. It asks here once more when its
// container stands (snapshot_commit.cpp). A prune that lists containers after that sees this one. A
// prune that listed them before keeps each pack
// - that a container named which stood then, and the same container stands now; or
// - that was younger than seven days when it listed them, by its clock or by the newest object,
//   whichever is less; the same two are looked at here, so that a clock that is ahead, or an object
//   that such a clock dated, makes no pack old. A clock here that is far behind tells nothing of
//   the other's: the newest object alone counts then, and one that is dated ahead makes packs old,
//   which costs no more than sealing them again.
// One that this run has put is in no list that was made before, and too young in one made since,
// but for a run that lasts for a week.
// What is none of these is sealed again. It takes a run that was cut short a week ago, or a state
// that is older than the vault: all other packs are named by this device's own chains.

#include "ops/usable_packs.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "ops/collect_packs.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// A listing is not made in one moment, and clocks differ.
constexpr UnixSeconds kListingSlackSeconds = 24 * 3600;
constexpr UnixSeconds kYoungSeconds = kOrphanSeconds - kListingSlackSeconds;

using Objects = std::map<ObjectName, ObjectInfo>;

/// The time by which a pack is old: see the top.
UnixSeconds time_of(const Clock& clock, UnixSeconds newest) {
  const UnixSeconds here = clock.now();
  const bool is_behind = here < newest && newest - here > kListingSlackSeconds;
  return is_behind ? newest : std::min(newest, here);
}

/// Those that the catalogs name of which every container stands: what the catalog of a snapshot
/// names, the containers of its chain name.
std::set<std::uint32_t> packs_of_chains(const State& state, const Objects& objects) {
  std::set<std::uint32_t> packs;
  for (const Bytes16& id : state.sources()) {
    const std::optional<SourceState> source = state.source(id);
    const bool whole =
        source &&
        std::all_of(source->chain.begin(), source->chain.end(), [&](const ChainMember& member) {
          return objects.contains(container_object(member.bid));
        });
    if (whole) packs.merge(state.catalog_packs(id));
  }
  return packs;
}

/// Those that any container names. One that cannot be read names nothing here.
std::set<Bytes32> packs_of_containers(const Vault& vault, const Objects& objects) {
  std::set<Bytes32> packs;
  for (const auto& [name, object] : objects) {
    const auto bid = container_bid_of(name);
    if (!bid) continue;
    try {
      const ContainerReader container = ContainerReader::open(vault, *bid);
      if (container.backup().media_count == 0) continue;
      for (const Bytes32& pack : container.refs()) packs.insert(pack);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::limit) throw;
    }
  }
  return packs;
}

bool is_whole(const State& state, const Objects& objects, const PackAt& pack) {
  const auto object = objects.find(pack_object(pack.id));
  return object != objects.end() && object->second.size == pack.bytes &&
         !state.is_damaged(object->first);
}

}  // namespace

std::set<std::uint32_t> usable_packs(const Vault& vault, const State& state, const Clock& clock,
                                     std::uint32_t first_of_run) {
  Objects objects;
  UnixSeconds newest = 0;
  for (ObjectInfo& object : vault.storage().list("")) {
    newest = std::max(newest, object.modified);
    ObjectName name = object.name;
    objects.emplace(std::move(name), std::move(object));
  }
  const UnixSeconds now = time_of(clock, newest);
  const std::set<std::uint32_t> named = packs_of_chains(state, objects);
  std::optional<std::set<Bytes32>> named_at_all;
  std::set<std::uint32_t> usable;
  for (const auto& [number, pack] : state.packs()) {
    if (!is_whole(state, objects, pack)) continue;
    const UnixSeconds modified = objects.at(pack_object(pack.id)).modified;
    const bool is_old = modified < now && now - modified > kYoungSeconds;
    if (is_old && number < first_of_run && !named.contains(number)) {
      if (!named_at_all) named_at_all = packs_of_containers(vault, objects);
      if (!named_at_all->contains(pack.id)) continue;
    }
    usable.insert(number);
  }
  return usable;
}

std::uint32_t next_pack_number(const State& state) {
  const std::map<std::uint32_t, PackAt> packs = state.packs();
  return packs.empty() ? 0 : packs.rbegin()->first + 1;
}

}  // namespace valise
