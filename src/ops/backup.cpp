#include "ops/backup.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "ops/backup_source.hpp"
#include "ops/chain_decision.hpp"
#include "ops/run_notes.hpp"
#include "ops/writer_session.hpp"
#include "source/live_database.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

std::string joined(const std::vector<std::filesystem::path>& paths) {
  std::string names;
  for (const std::filesystem::path& path : paths) {
    names += (names.empty() ? "" : ", ") + path.string();
  }
  return names;
}

// For a shell, as it stands in a command that is shown.
std::string quoted(const std::filesystem::path& path) {
  std::string text = "'";
  for (const char character : path.string()) {
    text += character == '\'' ? "'\\''" : std::string(1, character);
  }
  return text + "'";
}

std::vector<std::filesystem::path> chosen_sources(const WriterSession& session,
                                                  const BackupOptions& options) {
  if (!options.sources.empty()) return options.sources;
  if (!session.credential.sources.empty()) return session.credential.sources;
  const std::vector<UsualSource> found = usual_sources();
  if (found.size() == 1) return {found.front().path};
  if (found.empty()) {
    throw Error(ErrorKind::usage,
                "nothing was backed up here before, and no app's database stands at its usual "
                "place: name a database, for example \"valise backup "
                "~/Library/Messages/chat.db\"");
  }
  std::string names;
  for (const UsualSource& usual : found) {
    names += (names.empty() ? "" : ", ") + quoted(usual.path) + " (" + usual.profile + ")";
  }
  throw Error(ErrorKind::usage,
              "nothing was backed up here before, and several apps' databases were found "
              "(\"valise sources\" looks into them): name those that you want, of " +
                  names);
}

void remember_source(WriterSession& session, const Run& run, const std::filesystem::path& path) {
  std::vector<std::filesystem::path>& known = session.credential.sources;
  if (std::find(known.begin(), known.end(), path) != known.end()) return;
  known.push_back(path);
  save_credential(run.places.config_dir, session.credential);
}

// A source that is gone for good would make every night fail.
Error with_way_out(const Error& error, const std::filesystem::path& source) {
  std::error_code ignored;
  if (std::filesystem::exists(source, ignored)) return error;
  return Error(error.kind(), std::string(error.what()) +
                                 "; if it is gone for good: valise backup --forget " +
                                 quoted(source));
}

std::string not_remembered(const std::filesystem::path& source,
                           const std::vector<std::filesystem::path>& known) {
  return source.string() + ": it is not among the sources that are backed up here (" +
         (known.empty() ? "there are none" : joined(known)) + ")";
}

BackupSummary one_source(WriterSession& session, const Run& run, const std::filesystem::path& path,
                         const BackupOptions& options, const HoldLimits& limits) {
  FileNotices notices(options.on_file);
  try {
    return backup_source(session, run, path, options, notices, limits);
  } catch (const StateError&) {
    // Told in the summary.
  }
  // The state is damaged. It is disposable: once more without it, which makes a full.
  session.renew_state(run);
  BackupSummary summary = backup_source(session, run, path, options, notices, limits);
  summary.why_full = "the state was damaged";
  return summary;
}

}  // namespace

BackupReport backup_to(Storage& storage, const Run& run, const BackupOptions& options,
                       const std::function<void(const BackupSummary&)>& on_summary,
                       const std::function<void(const Error&)>& on_failure,
                       const HoldLimits& limits) {
  WriterSession session =
      WriterSession::open(storage, run, options.dry_run ? Turn::look : Turn::write);
  BackupReport report;
  std::set<std::filesystem::path> done;
  for (const std::filesystem::path& source : chosen_sources(session, options)) {
    try {
      const std::filesystem::path path = resolve_source(source);
      if (!done.insert(path).second) continue;
      BackupSummary summary = one_source(session, run, path, options, limits);
      if (!options.dry_run) remember_source(session, run, path);
      if (on_summary) on_summary(summary);
      report.sources.push_back(std::move(summary));
    } catch (const Error& error) {
      // A source that cannot be read tonight does not keep the others from being backed up.
      if (error.kind() == ErrorKind::source) {
        report.failures.push_back(options.sources.empty() ? with_way_out(error, source) : error);
        if (on_failure) on_failure(report.failures.back());
        continue;
      }
      // The report that would tell it is lost.
      if (session.rolled_back && run.on_warning) run.on_warning(kRolledBack);
      throw;
    }
  }
  report.rolled_back = session.rolled_back;
  return report;
}

BackupReport backup(const Run& run, const BackupOptions& options,
                    const std::function<void(const BackupSummary&)>& on_summary,
                    const std::function<void(const Error&)>& on_failure) {
  if (options.dry_run) {
    LocalStorage storage = LocalStorage::open(run.places.vault);
    return backup_to(storage, run, options, on_summary, on_failure);
  }
  try {
    LocalStorage storage = LocalStorage::open(run.places.vault);
    storage.sweep_leftovers(kLeftoverSeconds);
    BackupReport report = backup_to(storage, run, options, on_summary, on_failure);
    note_backup(run, storage, report);
    return report;
  } catch (const Error& error) {
    note_failed_backup(run, error);
    throw;
  }
}

void forget_sources(const Run& run, const std::vector<std::filesystem::path>& sources) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  WriterSession session = WriterSession::open(storage, run, Turn::write);
  std::vector<std::filesystem::path>& known = session.credential.sources;
  std::set<std::filesystem::path> gone;
  for (const std::filesystem::path& source : sources) {
    // As it was remembered: what is gone cannot be resolved any more beyond its folder.
    std::error_code error;
    const std::filesystem::path path = std::filesystem::weakly_canonical(source, error);
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& candidate) {
      return candidate == source || candidate == path;
    });
    if (found == known.end()) throw Error(ErrorKind::usage, not_remembered(source, known));
    gone.insert(*found);
  }
  std::erase_if(known, [&](const auto& path) { return gone.contains(path); });
  session.keep_credential(run);
}

}  // namespace valise
