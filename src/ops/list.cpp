#include "valise/list.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/enrolment.hpp"
#include "ops/opened_backup.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// What this device itself remembers of its backups; nothing where it is not enrolled.
std::optional<State> local_state(const Run& run, const Vault& vault) {
  const std::optional<Credential> credential = known_credential(run, vault.id());
  if (!credential) return std::nullopt;
  return State::look(run.places.state_dir, vault.id(), credential->secret.view());
}

SnapshotRow row_of(const VaultView& view, const Snapshot& snapshot,
                   const std::map<ObjectName, std::uint64_t>& sizes) {
  const auto& policy = *view.roots.find_policy(snapshot.backup().policy)->as<PolicyPayload>();
  SnapshotRow row;
  row.snapshot = snapshot.id();
  row.time = snapshot.entry.header.time;
  row.source = hex(snapshot.backup().source);
  row.full = snapshot.backup().is_full();
  if (const Snapshot* parent = view.index.by_entry(snapshot.backup().parent)) {
    row.parent = parent->id();
  }
  row.policy = policy_word(policy);
  row.k = policy.k;
  row.readers = readers_of(policy);
  row.device = snapshot.device->name;
  const auto size = sizes.find(container_object(snapshot.backup().bid));
  row.present = size != sizes.end();
  row.bytes = row.present ? size->second : 0;
  return row;
}

Origin origin_of(const OriginInfo& origin) { return {hex(origin.entry_id), origin.time}; }

void fill_in(SnapshotRow& row, const Snapshot& snapshot, const VaultView& view,
             const std::optional<State>& state, const std::optional<VaultKey>& key) {
  try {
    if (const auto note = state ? state->note(snapshot.backup().bid) : std::nullopt) {
      row.name = note->name;
      row.profile = note->profile;
      row.messages = note->messages;
      row.captured_at = note->captured_at;
      if (note->origin) row.origin = origin_of(*note->origin);
      return;
    }
  } catch (const Error&) {
    // A state that is damaged or in use knows nothing; the rows stand all the same.
  }
  if (!key || !row.present) return;
  try {
    const Manifest manifest = open_backup(view.vault, view.roots, snapshot, *key).manifest;
    row.name = manifest.source.name;
    row.profile = manifest.source.profile;
    row.messages = manifest.database.messages;
    row.captured_at = manifest.captured_at;
    if (manifest.origin) row.origin = origin_of(*manifest.origin);
  } catch (const Error& error) {
    // One that does not open is listed all the same; verify says what is wrong with it.
    if (error.kind() == ErrorKind::storage) throw;
  }
}

}  // namespace

std::vector<SnapshotRow> list_snapshots(const Run& run, const ListOptions& options,
                                        const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  std::optional<VaultKey> key;
  if (unlock) key = open_vault_key(view->vault, unlock());
  const std::optional<State> state = local_state(run, view->vault);
  std::map<ObjectName, std::uint64_t> sizes;
  for (const ObjectInfo& object : storage.list(kBackupsFolder)) sizes[object.name] = object.size;
  // By the day that each shows; for what is no copy the index knows the order, whatever its clock.
  std::vector<std::pair<UnixSeconds, SnapshotRow>> found;
  for (const Snapshot& snapshot : view->index.all()) {
    if (snapshot.empty_claim) continue;  // It was warned of.
    SnapshotRow row = row_of(*view, snapshot, sizes);
    fill_in(row, snapshot, *view, state, key);
    if (options.source.empty() || row.source.starts_with(options.source) ||
        row.name == options.source) {
      const UnixSeconds shown = row.origin ? row.shown_time() : snapshot.time;
      found.emplace_back(shown, std::move(row));
    }
  }
  if (found.empty() && !options.source.empty() && !view->index.all().empty()) {
    throw Error(ErrorKind::not_found, "the vault holds no snapshot of a source \"" +
                                          options.source +
                                          "\", as far as is known here; see \"valise list\"");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<SnapshotRow> rows;
  for (auto& [shown, row] : found) rows.push_back(std::move(row));
  return rows;
}

}  // namespace valise
