#include "ops/snapshot_catalog.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "ops/snapshot_names.hpp"
#include "storage/local_storage.hpp"

namespace valise {

void FileFaults::add(std::string path, std::string problem) {
  ++count;
  const auto place =
      std::upper_bound(first.begin(), first.end(), path,
                       [](const std::string& a, const FileFault& b) { return a < b.path; });
  if (first.size() == kFileFaultsMax) {
    if (place == first.end()) return;
    // What comes last by path goes, so that the list does not depend on which thread was faster.
    std::move_backward(place, first.end() - 1, first.end());
    *place = {std::move(path), std::move(problem)};
    return;
  }
  first.insert(place, {std::move(path), std::move(problem)});
}

std::unique_ptr<MergedCatalog> open_catalog(const VaultView& view,
                                            std::span<const Snapshot* const> chain,
                                            const VaultKey& key) {
  auto catalog = std::make_unique<MergedCatalog>();
  for (const Snapshot* member : chain) {
    const OpenedBackup opened = open_backup(view.vault, view.roots, *member, key);
    catalog->add(opened.container, opened.dek.view(), opened.manifest);
  }
  return catalog;
}

SnapshotFile snapshot_file(const CatalogFile& file) {
  SnapshotFile shown;
  shown.path = file.path;
  shown.size = file.size;
  if (file.state == FileState::missing) {
    shown.state = SnapshotFileState::missing;
    return shown;
  }
  shown.mode = file.mode;
  shown.mtime_ns = file.mtime_ns;
  if (file.state == FileState::symlink) {
    shown.state = SnapshotFileState::link;
    shown.link = file.link;
    shown.size = 0;
  } else {
    shown.content_hash = hex(file.content_hash);
  }
  return shown;
}

ListedFiles list_files_in(Storage& storage, const Run& run, const ListFilesOptions& options,
                          const UnlockSource& unlock,
                          const std::function<void(const SnapshotFile&)>& on_file) {
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  if (options.source.empty()) check_snapshot_name(*view, options.snapshot);
  const VaultKey key = open_vault_key(view->vault, unlock());
  const auto wanted = source_filter(*view, options.source, key);
  const Snapshot& snapshot = find_snapshot(*view, options.snapshot, wanted, key);
  if (!SnapshotIndex::names_id(options.snapshot)) {
    warn_of_other_sources(run, view->index, snapshot, wanted);
  }
  ListedFiles listed;
  listed.snapshot = snapshot.id();
  const auto catalog = open_catalog(*view, view->index.chain_of(snapshot), key);
  while (const std::optional<CatalogFile> file = catalog->next()) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    const bool missing = file->state == FileState::missing;
    ++(missing ? listed.missing : file->state == FileState::symlink ? listed.links : listed.files);
    (missing ? listed.missing_bytes : listed.bytes) += file->size;
    on_file(snapshot_file(*file));
  }
  return listed;
}

ListedFiles list_files(const Run& run, const ListFilesOptions& options, const UnlockSource& unlock,
                       const std::function<void(const SnapshotFile&)>& on_file) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return list_files_in(storage, run, options, unlock, on_file);
}

}  // namespace valise
