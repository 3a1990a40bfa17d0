#include "ops/restore.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <chrono>
#include <future>
#include <optional>

#include "base/error.hpp"
#include "ops/restore_files.hpp"
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
    throw Error(
        ErrorKind::storage,
        fmt::format("{}: what is restored takes {} MB and there is room for {} MB; make room, or "
                    "restore to another disk",
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

namespace {

void check_options(const RestoreOptions& options) {
  if (options.db_only && !options.files.empty()) {
    throw Error(ErrorKind::usage,
                "either the database alone (--db-only) or files alone (--files); not both");
  }
}

std::uint64_t database_bytes(const Manifest& manifest) {
  return manifest.database.page_count * manifest.database.page_size;
}

/// Rebuilds and proves the database in `target`, which keeps it under its temporary name.
DatabaseReport restore_database(const VaultView& view, const Snapshot& snapshot,
                                const VaultKey& key, const Run& run, CheckLevel check,
                                const TargetSet& target, const std::string& object) {
  DatabaseRebuild rebuild(target.fd(), target.partial().string(), run);
  rebuild_chain(view, snapshot, key, rebuild);
  // What is rebuilt does not change any more: it goes to the disk while it is proven.
  std::future<void> syncing =
      std::async(std::launch::async, [&] { sync_file(target.fd(), target.partial()); });
  DatabaseReport report = prove_database(rebuild, target.fd(), database_check(check), object, run);
  syncing.get();
  return report;
}

/// A damaged catalog is no reason to do without the database.
void plan_files(FileRestore& files, const RestoreOptions& options) {
  try {
    files.plan();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt || !options.files.empty()) throw;
    throw Error(ErrorKind::corrupt,
                std::string(error.what()) + "; to restore the database alone, add --db-only");
  }
}

void restore_files(FileRestore& files, const RestoreOptions& options, RestoreResult& result) {
  try {
    files.run(result);
  } catch (const Error& error) {
    const bool stopped = error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled;
    if (!stopped || result.files == 0) throw;
    throw Error(error.kind(),
                fmt::format("{}; files restored so far stand in {}, and the database does not: "
                            "restore to another folder, or again with --overwrite",
                            error.what(), options.to.string()));
  }
}

}  // namespace

RestoreResult restore_with(const VaultView& view, const Run& run, const RestoreOptions& options,
                           const std::function<VaultKey()>& open_key) {
  const auto start = std::chrono::steady_clock::now();
  check_options(options);
  warn_of_problems(run, view);
  // A name that names nothing is told before a passphrase is asked for.
  if (options.source.empty()) check_snapshot_name(view, options.snapshot);
  const VaultKey key = open_key();
  const auto wanted = source_filter(view, options.source, key);
  const Snapshot& snapshot = find_snapshot(view, options.snapshot, wanted, key);
  const OpenedBackup last = open_backup(view.vault, view.roots, snapshot, key);
  const std::string object = last.container.object();
  if (!SnapshotIndex::names_id(options.snapshot)) {
    warn_of_other_sources(run, view.index, snapshot, wanted);
  }

  RestoreResult result;
  result.snapshot = snapshot.id();
  result.folder = options.to;
  result.time = shown_time(snapshot, last.manifest);
  result.check = options.check;
  const std::vector<const Snapshot*> chain = view.index.chain_of(snapshot);
  result.chain_length = static_cast<unsigned>(chain.size());
  const bool with_database = options.files.empty();
  const std::string name = with_database ? safe_name(last.manifest, object) : std::string{};
  make_folders(options.to);
  FileRestore files(view, chain, key, run, options, name);
  if (!options.db_only) plan_files(files, options);
  std::optional<TargetSet> target;
  if (with_database) target.emplace(options.to / name, options.overwrite);
  check_room(options.to, files.bytes() + (with_database ? database_bytes(last.manifest) : 0));

  // The database is proven first, since nothing is worth writing beside one that is damaged. It
  // gets its name last: an app that finds it finds its files, too.
  if (with_database) {
    const DatabaseReport report =
        restore_database(view, snapshot, key, run, options.check, *target, object);
    result.messages = report.summary.messages;
    result.pages = last.manifest.database.page_count;
    result.bytes = database_bytes(last.manifest);
    result.check_problems = report.problems;
  }
  if (!options.db_only) restore_files(files, options, result);
  if (with_database) {
    target->keep();
    result.database = target->target();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

RestoreResult restore_from(Storage& storage, const Run& run, const RestoreOptions& options,
                           const UnlockSource& unlock) {
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  return restore_with(*view, run, options, [&] { return open_vault_key(view->vault, unlock()); });
}

RestoreResult restore(const Run& run, const RestoreOptions& options, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return restore_from(storage, run, options, unlock);
}

}  // namespace valise
