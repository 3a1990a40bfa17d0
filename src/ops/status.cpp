#include "valise/status.hpp"

#include <algorithm>
#include <map>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/enrolment.hpp"
#include "ops/opened_backup.hpp"
#include "ops/run_notes.hpp"
#include "ops/status_logs.hpp"
#include "ops/status_objects.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

// A clock may be a little off; beyond that a time is no sign of a backup that was just made.
constexpr UnixSeconds kStatusSlackSeconds = 24 * 3600;

/// What a status is read from.
struct StatusView {
  const VaultView& vault;
  const Credential& credential;
  const std::optional<State>& state;
  StatusObjects objects;
  RunNotes notes;
};

std::optional<SnapshotNote> note_of(const StatusView& view, const Snapshot& snapshot) {
  try {
    if (view.state) return view.state->note(snapshot.backup().bid);
  } catch (const Error&) {
    // A state that is damaged or in use knows nothing.
  }
  return std::nullopt;
}

// One run verifies several snapshots at the same time.
std::optional<RunNote> verified_of(const StatusView& view,
                                   const std::vector<const Snapshot*>& snapshots) {
  std::optional<RunNote> newest;
  for (const Snapshot* snapshot : snapshots) {
    const auto found = view.notes.verified.find(snapshot->id());
    if (found == view.notes.verified.end()) continue;
    const RunNote& note = found->second;
    if (!newest || note.time > newest->time) {
      newest = RunNote{note.time, true, 0, {}};
    }
    if (note.time != newest->time) continue;
    ++newest->count;
    newest->ok = newest->ok && note.ok;
  }
  return newest;
}

// The path that is backed up every night as this source; null where there is none any more.
const std::filesystem::path* nightly_path(const Credential& credential, const Bytes16& source,
                                          const SnapshotNote& note) {
  const auto found = std::find_if(
      credential.sources.begin(), credential.sources.end(),
      [&](const auto& path) { return source_id(credential, note.profile, path) == source; });
  return found == credential.sources.end() ? nullptr : &*found;
}

// Of one path only the newest source is made every night: an app's database that was taken for
// another app's, or for none's, has a new source since.
class NightlyPaths {
 public:
  /// `seq` is that of the newest snapshot of the source. True where it is made every night, as far
  /// as the sources before tell; `report` holds those, and loses what this one replaces.
  bool take(const std::filesystem::path* path, std::uint64_t seq, StatusReport& report) {
    if (path == nullptr) return false;
    const auto [found, fresh] = newest_.emplace(path, Newest{seq, report.sources.size()});
    if (fresh) return true;
    if (found->second.seq > seq) return false;
    report.sources[found->second.row].nightly = false;
    found->second = {seq, report.sources.size()};
    return true;
  }

 private:
  struct Newest {
    std::uint64_t seq = 0;
    std::size_t row = 0;
  };
  std::map<const std::filesystem::path*, Newest> newest_;
};

const Snapshot& newest_of(const std::vector<const Snapshot*>& snapshots) {
  return **std::max_element(snapshots.begin(), snapshots.end(),
                            [](const Snapshot* a, const Snapshot* b) {
                              return a->entry.header.seq < b->entry.header.seq;
                            });
}

std::optional<SourceStatus> status_of(const StatusView& view,
                                      const std::vector<const Snapshot*>& snapshots,
                                      NightlyPaths& paths, StatusReport& report) {
  const Snapshot* newest = &newest_of(snapshots);
  const std::optional<SnapshotNote> note = note_of(view, *newest);
  if (note && note->origin) return std::nullopt;
  SourceStatus status;
  status.source = hex(newest->backup().source);
  status.snapshot = newest->id();
  status.time = newest->entry.header.time;
  if (note) {
    status.name = note->name;
    status.messages = note->messages;
  }
  // Without a note nobody knows which path it is.
  status.nightly =
      !note || paths.take(nightly_path(view.credential, newest->backup().source, *note),
                          newest->entry.header.seq, report);
  view.objects.look_at(*newest, status);
  status.verified = verified_of(view, snapshots);
  if (const auto files = view.notes.files.find(status.source); files != view.notes.files.end()) {
    status.incomplete = !files->second.ok;
    status.files_not_taken = files->second.count;
  }
  return status;
}

bool is_too_old(UnixSeconds time, UnixSeconds now, std::uint64_t max_age) {
  return time > now ? time - now > kStatusSlackSeconds : now - time > max_age;
}

StatusReport status_in(Storage& storage, const Run& run, const StatusOptions& options) {
  // Before the logs: another run may just move both on.
  const std::optional<Credential> credential = known_credential(run, Vault::open(storage).id());
  const std::unique_ptr<VaultView> vault = view_vault(storage);
  if (!credential) {
    throw Error(ErrorKind::not_found,
                "this device is not enrolled in " + storage.describe() +
                    " and backs nothing up into it; see \"valise list\" for what others did");
  }
  const std::optional<State> state =
      State::look(run.places.state_dir, vault->vault.id(), credential->secret.view());
  const StatusView view{*vault, *credential, state, StatusObjects(*vault, state),
                        read_run_notes(run.places, vault->vault.id())};
  const Bytes32 self = credential->signing_key().public_key();
  std::map<Bytes16, std::vector<const Snapshot*>> by_source;
  for (const Snapshot& snapshot : vault->index.all()) {
    if (snapshot.entry.header.signer == self) {
      by_source[snapshot.backup().source].push_back(&snapshot);
    }
  }
  StatusReport report;
  NightlyPaths paths;
  for (const auto& [source, snapshots] : by_source) {
    std::optional<SourceStatus> one = status_of(view, snapshots, paths, report);
    if (one) report.sources.push_back(std::move(*one));
  }
  for (SourceStatus& one : report.sources) {
    one.overdue = options.max_age_seconds && one.nightly &&
                  is_too_old(one.time, run.clock->now(), *options.max_age_seconds);
    report.overdue = report.overdue || one.overdue;
  }
  if (report.sources.empty() && options.max_age_seconds) report.overdue = true;
  report.last_run = view.notes.backup;
  report.scrubbed = view.notes.scrub;
  report.log_problems = status_log_problems(*vault, *credential);
  return report;
}

}  // namespace

bool StatusReport::ok() const noexcept {
  return !overdue && !failed() && !scrub_failed() && log_problems.empty() &&
         std::all_of(sources.begin(), sources.end(),
                     [](const SourceStatus& source) { return source.sound(); });
}

StatusReport status(const Run& run, const StatusOptions& options) {
  try {
    LocalStorage storage = LocalStorage::open(run.places.vault);
    return status_in(storage, run, options);
  } catch (const Error& error) {
    const std::optional<RunNote> absent = note_of_place(run.places);
    if (error.kind() != ErrorKind::not_found || !absent) throw;
    throw Error(error.kind(), std::string(error.what()) + "; the last backup, on " +
                                  rfc3339(absent->time) + ", found no vault either");
  }
}

}  // namespace valise
