#include "ops/status_objects.hpp"

#include "base/error.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise {

StatusObjects::StatusObjects(const VaultView& view, const std::optional<State>& state)
    : view_(view), state_(state) {
  for (const char* folder : {kBackupsFolder, kMediaFolder}) {
    for (ObjectInfo& object : view.vault.storage().list(folder)) {
      sizes_.emplace(std::move(object.name), object.size);
    }
  }
  try {
    if (!state) return;
    for (const auto& [number, pack] : state->packs()) pack_bytes_.emplace(pack.id, pack.bytes);
  } catch (const StateError&) {
    // A state that is damaged or in use knows nothing.
  }
}

bool StatusObjects::is_damaged(const ObjectName& name) const {
  try {
    return state_ && state_->is_damaged(name);
  } catch (const StateError&) {
    return false;
  }
}

bool StatusObjects::look_at_container(const Snapshot& member, SourceStatus& status) const {
  const ObjectName name = container_object(member.backup().bid);
  const auto found = sizes_.find(name);
  const std::uint64_t bytes =
      container_layout(member.backup(), member.entry.bytes.size(), name).file_len;
  if (is_damaged(name)) status.damaged = true;
  if (found == sizes_.end() || found->second != bytes) {
    status.present = false;
    return false;
  }
  // Anybody who can write there can put another of that size in its place.
  try {
    if (container_fault(view_.vault, member.entry).empty()) return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::storage) throw;  // It cannot be read: as bad for who needs it.
  }
  status.damaged = true;
  return false;
}

// What a chain's containers name is what a prune leaves for them, so all of it has to be there. A
// few of these packs may hold nothing but files that have gone since.
void StatusObjects::look_at_packs(const Snapshot& member, SourceStatus& status) const {
  if (member.backup().media_count == 0) return;
  for (const Bytes32& pack : ContainerReader::open(view_.vault, member.backup().bid).refs()) {
    const ObjectName name = pack_object(pack);
    const auto found = sizes_.find(name);
    const auto known = pack_bytes_.find(pack);
    if (found == sizes_.end() || (known != pack_bytes_.end() && known->second != found->second)) {
      status.packs_present = false;
    }
    if (is_damaged(name)) status.damaged = true;
  }
}

void StatusObjects::look_at(const Snapshot& newest, SourceStatus& status) const {
  status.present = true;
  status.packs_present = true;
  try {
    const std::vector<const Snapshot*> chain = view_.index.chain_of(newest);
    bool told = true;
    for (const Snapshot* member : chain) told = look_at_container(*member, status) && told;
    // Without its end a container does not tell what it names, and is what has to be told itself.
    if (!told) return;
    for (const Snapshot* member : chain) look_at_packs(*member, status);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    status.present = false;
  }
}

}  // namespace valise
