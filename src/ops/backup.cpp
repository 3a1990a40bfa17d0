#include "ops/backup.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "ops/backup_source.hpp"
#include "ops/writer_session.hpp"
#include "source/live_database.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kLeftoverSeconds = 7 * 24 * 3600;

std::vector<std::filesystem::path> chosen_sources(const WriterSession& session,
                                                  const BackupOptions& options) {
  if (options.sources.empty() && session.credential.sources.empty()) {
    throw Error(ErrorKind::usage,
                "nothing was backed up here before: name a database, for example \"valise backup "
                "~/Library/Messages/chat.db\"");
  }
  return options.sources.empty() ? session.credential.sources : options.sources;
}

void remember_source(WriterSession& session, const Run& run, const std::filesystem::path& path) {
  std::vector<std::filesystem::path>& known = session.credential.sources;
  if (std::find(known.begin(), known.end(), path) != known.end()) return;
  known.push_back(path);
  save_credential(run.places.config_dir, session.credential);
}

BackupSummary one_source(WriterSession& session, const Run& run, const std::filesystem::path& path,
                         const BackupOptions& options) {
  try {
    return backup_source(session, run, path, options);
  } catch (const StateError&) {
    if (options.dry_run) throw;
  }
  // The state is damaged. It is disposable: once more without it, which makes a full.
  session.renew_state(run);
  BackupSummary summary = backup_source(session, run, path, options);
  summary.why_full = "the state was damaged";
  return summary;
}

}  // namespace

BackupReport backup_to(Storage& storage, const Run& run, const BackupOptions& options,
                       const std::function<void(const BackupSummary&)>& on_summary) {
  WriterSession session = WriterSession::open(storage, run);
  BackupReport report;
  report.rolled_back = session.rolled_back;
  std::optional<Error> first_failure;
  std::set<std::filesystem::path> done;
  for (const std::filesystem::path& source : chosen_sources(session, options)) {
    try {
      const std::filesystem::path path = resolve_source(source);
      if (!done.insert(path).second) continue;
      BackupSummary summary = one_source(session, run, path, options);
      if (!options.dry_run) remember_source(session, run, path);
      if (on_summary) on_summary(summary);
      report.sources.push_back(std::move(summary));
    } catch (const Error& error) {
      // A source that cannot be read tonight does not keep the others from being backed up.
      if (error.kind() != ErrorKind::source) throw;
      if (run.on_warning) run.on_warning(error.what());
      if (!first_failure) first_failure = error;
    }
  }
  if (first_failure) throw Error(*first_failure);
  return report;
}

BackupReport backup(const Run& run, const BackupOptions& options,
                    const std::function<void(const BackupSummary&)>& on_summary) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  if (!options.dry_run) storage.sweep_leftovers(run.clock->now(), kLeftoverSeconds);
  return backup_to(storage, run, options, on_summary);
}

}  // namespace valise
