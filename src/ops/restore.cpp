#include "ops/restore.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <chrono>
#include <future>

#include "base/error.hpp"
#include "ops/snapshot_names.hpp"
#include "ops/target_set.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

// A name out of a manifest becomes a file's name: one part of a path, nothing that leads elsewhere.
std::string safe_name(const Manifest& manifest, const std::string& object) {
  const std::string& name = manifest.source.name;
  if (name.empty() || name == "." || name == ".." || name.size() > 255 ||
      name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
    throw Error(ErrorKind::corrupt, object + ": the database's name in it is not a file name");
  }
  return name;
}

void check_room(const std::filesystem::path& folder, std::uint64_t bytes) {
  struct statvfs info {};
  if (statvfs(folder.c_str(), &info) != 0) return;
  const std::uint64_t room = std::uint64_t{info.f_bavail} * info.f_frsize;
  if (room < bytes) {
    throw Error(ErrorKind::storage,
                fmt::format("{}: the restored database takes {} MB and there is room for {} MB",
                            folder.string(), bytes / 1'000'000 + 1, room / 1'000'000));
  }
}

void rebuild_chain(const VaultView& view, const Snapshot& snapshot, const VaultKey& key,
                   DatabaseRebuild& rebuild) {
  for (const Snapshot* member : view.index.chain_of(snapshot)) {
    const OpenedBackup opened = open_backup(view.vault, view.roots, *member, key);
    rebuild.apply(opened.container, opened.dek.view(), opened.manifest);
  }
}

}  // namespace

DatabaseCheck database_check(CheckLevel level) noexcept {
  switch (level) {
    case CheckLevel::none:
      return DatabaseCheck::none;
    case CheckLevel::quick:
      return DatabaseCheck::quick;
    case CheckLevel::full:
      return DatabaseCheck::full;
  }
  return DatabaseCheck::quick;
}

DatabaseReport prove_database(DatabaseRebuild& rebuild, int fd, DatabaseCheck check,
                              const std::string& object, const Run& run) {
  const Manifest& manifest = rebuild.manifest();
  std::future<DatabaseReport> inspection = std::async(std::launch::async, [&] {
    return inspect_database(fd, manifest.source.profile, check, object, run.cancellation);
  });
  // The root's verdict goes first: where it differs, SQLite's complaints are only what follows.
  try {
    rebuild.prove();
  } catch (...) {
    inspection.wait();
    throw;
  }
  DatabaseReport report = inspection.get();
  if (report.summary.messages != manifest.database.messages) {
    throw Error(ErrorKind::corrupt,
                fmt::format("{}: {} messages were counted in the restored database, {} when it was "
                            "backed up",
                            object, report.summary.messages, manifest.database.messages));
  }
  return report;
}

RestoreResult restore_with(const VaultView& view, const Run& run, const RestoreOptions& options,
                           const std::function<VaultKey()>& open_key) {
  const auto start = std::chrono::steady_clock::now();
  warn_of_problems(run, view.index);
  // A name that names nothing is told before a passphrase is asked for.
  if (options.source.empty()) check_snapshot_name(view.index, options.snapshot);
  const VaultKey key = open_key();
  const Snapshot& snapshot =
      find_snapshot(view, options.snapshot, source_filter(view, options.source, key), key);
  const OpenedBackup last = open_backup(view.vault, view.roots, snapshot, key);
  const std::string object = last.container.object();
  if (options.source.empty() && !SnapshotIndex::names_id(options.snapshot)) {
    warn_of_other_sources(run, view.index, snapshot);
  }

  make_folders(options.to);
  const std::uint64_t bytes = last.manifest.database.page_count * last.manifest.database.page_size;
  TargetSet target(options.to / safe_name(last.manifest, object), options.overwrite);
  check_room(options.to, bytes);
  DatabaseRebuild rebuild(target.fd(), target.partial().string(), run);
  rebuild_chain(view, snapshot, key, rebuild);
  // What is rebuilt does not change any more: it goes to the disk while it is proven.
  std::future<void> syncing =
      std::async(std::launch::async, [&] { sync_file(target.fd(), target.partial()); });
  const DatabaseReport report =
      prove_database(rebuild, target.fd(), database_check(options.check), object, run);
  syncing.get();
  target.keep();

  RestoreResult result;
  result.snapshot = snapshot.id();
  result.database = target.target();
  result.time = shown_time(snapshot, last.manifest);
  result.messages = report.summary.messages;
  result.pages = last.manifest.database.page_count;
  result.bytes = bytes;
  result.chain_length = static_cast<unsigned>(view.index.chain_of(snapshot).size());
  result.check = options.check;
  result.check_problems = report.problems;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

RestoreResult restore_from(Storage& storage, const Run& run, const RestoreOptions& options,
                           const UnlockSource& unlock) {
  const std::unique_ptr<VaultView> view = view_vault(storage);
  return restore_with(*view, run, options, [&] { return open_vault_key(view->vault, unlock()); });
}

RestoreResult restore(const Run& run, const RestoreOptions& options, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return restore_from(storage, run, options, unlock);
}

}  // namespace valise
