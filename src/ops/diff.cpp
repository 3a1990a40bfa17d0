#include "ops/diff.hpp"

#include "base/hex.hpp"
#include "ops/snapshot_catalog.hpp"
#include "ops/snapshot_names.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

DiffSide side_of(const Snapshot& snapshot, const Manifest& manifest) {
  DiffSide side;
  side.snapshot = snapshot.id();
  side.time = shown_time(snapshot, manifest);
  side.source = hex(snapshot.backup().source);
  side.name = manifest.source.name;
  side.messages = manifest.database.messages;
  side.first_message = manifest.database.first_message;
  side.last_message = manifest.database.last_message;
  return side;
}

bool is_same_file(const CatalogFile& a, const CatalogFile& b) {
  if (a.state != b.state) return false;
  switch (a.state) {
    case FileState::present:
      return a.mode == b.mode && a.size == b.size && a.content_hash == b.content_hash;
    case FileState::symlink:
      return a.link == b.link;
    case FileState::missing:
    case FileState::removed:
      break;
  }
  return a.size == b.size;
}

/// Walks two catalogs side by side.
class CatalogDiff {
 public:
  CatalogDiff(const Run& run, const std::function<void(const FileChange&)>& on_change,
              DiffResult& result)
      : run_(run), on_change_(on_change), result_(result) {}

  void run(MergedCatalog& before, MergedCatalog& after) {
    std::optional<CatalogFile> old = before.next();
    std::optional<CatalogFile> now = after.next();
    while (old || now) {
      if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
      const bool old_first = old && (!now || old->path < now->path);
      const bool now_first = now && (!old || now->path < old->path);
      if (old_first) {
        tell(FileChange::Kind::went, old, std::nullopt, result_.went);
      } else if (now_first) {
        tell(FileChange::Kind::came, std::nullopt, now, result_.came);
      } else if (!is_same_file(*old, *now)) {
        tell(FileChange::Kind::changed, old, now, result_.changed);
      }
      if (!now_first) old = before.next();
      if (!old_first) now = after.next();
    }
  }

 private:
  void tell(FileChange::Kind kind, const std::optional<CatalogFile>& before,
            const std::optional<CatalogFile>& after, FileChanges& sum) {
    FileChange change;
    change.kind = kind;
    if (before) change.before = snapshot_file(*before);
    if (after) change.after = snapshot_file(*after);
    const SnapshotFile& counted = after ? *change.after : *change.before;
    change.path = counted.path;
    ++sum.files;
    sum.bytes += counted.size;
    on_change_(change);
  }

  const Run& run_;
  const std::function<void(const FileChange&)>& on_change_;
  DiffResult& result_;
};

}  // namespace

DiffResult diff_in(Storage& storage, const Run& run, const DiffOptions& options,
                   const UnlockSource& unlock,
                   const std::function<void(const FileChange&)>& on_change) {
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  if (options.source.empty()) {
    check_snapshot_name(*view, options.before);
    check_snapshot_name(*view, options.after);
  }
  const VaultKey key = open_vault_key(view->vault, unlock());
  const auto wanted = source_filter(*view, options.source, key);
  const Snapshot& before = find_snapshot(*view, options.before, wanted, key);
  const Snapshot& after = find_snapshot(*view, options.after, wanted, key);
  const Manifest old = open_backup(view->vault, view->roots, before, key).manifest;
  const Manifest now = open_backup(view->vault, view->roots, after, key).manifest;

  DiffResult result;
  result.before = side_of(before, old);
  result.after = side_of(after, now);
  result.same_source = before.backup().source == after.backup().source;
  result.same_database = old.database.page_root == now.database.page_root;
  if (!result.same_source && run.on_warning) {
    run.on_warning("the two backups are of different sources: " + result.before.name + " (" +
                   result.before.source.substr(0, 8) + ") and " + result.after.name + " (" +
                   result.after.source.substr(0, 8) + ")");
  }
  const auto old_files = open_catalog(*view, view->index.chain_of(before), key);
  const auto new_files = open_catalog(*view, view->index.chain_of(after), key);
  CatalogDiff(run, on_change, result).run(*old_files, *new_files);
  return result;
}

DiffResult diff(const Run& run, const DiffOptions& options, const UnlockSource& unlock,
                const std::function<void(const FileChange&)>& on_change) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return diff_in(storage, run, options, unlock, on_change);
}

}  // namespace valise
