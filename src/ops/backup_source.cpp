#include "ops/backup_source.hpp"

#include <unistd.h>

#include <chrono>
#include <climits>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/chain_decision.hpp"
#include "ops/held_snapshots.hpp"
#include "ops/increment_capture.hpp"
#include "ops/snapshot_files.hpp"
#include "ops/snapshot_writer.hpp"
#include "source/live_database.hpp"

namespace valise {
namespace {

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "";
}

/// A database that its app goes on writing to.
class LiveContent final : public SnapshotContent {
 public:
  LiveContent(LiveDatabase& database, const std::filesystem::path& path, const Run& run)
      : database_(database), path_(path), run_(run) {}
  [[nodiscard]] std::uint32_t page_size() const override { return database_.page_size(); }
  [[nodiscard]] std::uint32_t page_count() const override { return database_.page_count(); }
  [[nodiscard]] Manifest start_manifest() const override {
    Manifest manifest;
    manifest.source.name = path_.filename().string();
    manifest.source.path = path_.string();
    manifest.source.host = host_name();
    manifest.captured_at = run_.clock->now();
    manifest.database.page_size = database_.page_size();
    manifest.database.page_count = database_.page_count();
    return manifest;
  }
  void capture(PageSink& sink) override { database_.capture(sink); }
  // SQLite does not tell what was written since last night.
  [[nodiscard]] bool capture_changes(const SourceState&, IncrementCapture&) override {
    return false;
  }
  [[nodiscard]] ContentSummary summarize() override { return database_.summarize(); }
  // Nobody else knows what the pages should be.
  void check_root(const Bytes32&) const override {}

 private:
  LiveDatabase& database_;
  const std::filesystem::path& path_;
  const Run& run_;
};

// Counts what would be written, and writes nothing.
void count_only(const SnapshotTurn& turn, const ChainDecision& decision) {
  note_content(turn.summary, turn.content.summarize());
  turn.summary.pages_changed = turn.summary.pages;
  if (!decision.parent) return;
  try {
    IncrementCapture capture(turn.run, nullptr, turn.session.state, *decision.parent,
                             turn.content.page_size(), turn.content.page_count());
    turn.content.capture(capture);
    capture.count_rest();
    turn.summary.pages_changed = capture.changed();
  } catch (const NeedsFull& needs) {
    turn.summary.full = true;
    turn.summary.why_full = needs.why;
  }
}

// Its name in the vault hangs on the app. One that is taken for another app's than before, since
// its tables changed, looks like a source of its own from now on. That is told once, but for one
// that is no app's any more: what was backed up before is then left out night after night.
void warn_of_other_profile(const WriterSession& session, const Run& run, const std::string& profile,
                           const std::filesystem::path& path) {
  const auto is_known = [&](const std::string& name) {
    return session.state.source(source_id(session.credential, name, path)).has_value();
  };
  const bool known = is_known(profile);
  if (!run.on_warning || (known && profile != "sqlite")) return;
  for (const std::string& name : profile_names()) {
    if (name == profile || !is_known(name)) continue;
    if (known) {
      run.on_warning(path.string() + ": by its tables it is no database of \"" + name +
                     "\" any more, as which it was backed up before: its attachments are not "
                     "backed up");
      continue;
    }
    run.on_warning(path.string() + ": it was backed up as \"" + name +
                   "\" before, and by its tables it is \"" + profile +
                   "\" now. Its backups begin anew, as another source's, and those so far stay" +
                   (profile == "sqlite" ? "; attachments are not backed up" : ""));
  }
}

// How often packs may go while they are needed.
constexpr int kStagesMax = 3;
// How often files are gone through before the database is held however long it takes.
constexpr int kPassesMax = 4;

// The database first, then files, so that what its pages name was looked for after they were read.
// But a first night may read files for hours, and the database is not held that long: it is read
// once more then, and with it the few files that came meanwhile.
void take_files(LiveSource& live, LiveFiles& files) {
  for (int pass = 1;; ++pass) {
    // A large file that never stands still would be read for ever.
    const bool may_let_go = pass < kPassesMax;
    files.stage(live.rows(), false, [&live, may_let_go](std::uint64_t bytes) {
      if (may_let_go) live.let_go_if_long(bytes);
    });
    if (live.is_held()) return;
    live.take_up_again();
  }
}

void write_with_files(const SnapshotTurn& turn, LiveFiles& files, const LiveSource& live,
                      const std::optional<SourceState>& parent) {
  for (int stage = 1;; ++stage) {
    try {
      return write_snapshot(turn, parent);
    } catch (const PacksGone&) {
      if (stage == kStagesMax) {
        throw Error(ErrorKind::storage,
                    "media packs keep going from the vault while a backup needs them; what "
                    "removes them?");
      }
    }
    files.stage(live.rows(), false);
  }
}

}  // namespace

BackupSummary backup_source(WriterSession& session, const Run& run,
                            const std::filesystem::path& path, const BackupOptions& options,
                            FileNotices& notices, const HoldLimits& limits) {
  const auto start = std::chrono::steady_clock::now();
  LiveSource live(path, limits);
  BackupSummary summary;
  warn_of_other_profile(session, run, live.profile(), path);
  const MediaPlace place = media_place(live.profile(), path);
  const Bytes16 source = source_id(session.credential, live.profile(), path);
  LiveFiles files(run, session.vault, session.state, source, place, notices, summary.files);
  if (options.drop_lost) files.drop_lost();
  if (!options.dry_run) take_files(live, files);
  LiveDatabase& database = live.database();
  LiveContent content(database, path, run);
  const SnapshotTurn turn{session, run, content, summary, source, &files};
  // A chain whose first container names a pack that is gone would never be whole again.
  const bool full_asked = options.full || options.drop_lost;
  const ChainDecision decision = decide_chain(session, source, database.page_size(), full_asked);
  note_policy(summary, session.policy_payload());
  summary.full = !decision.parent;
  summary.why_full = decision.why_full;
  summary.source = path;
  summary.source_id = hex(source);
  summary.pages = database.page_count();
  summary.database_bytes = std::uint64_t{database.page_count()} * database.page_size();
  summary.dry_run = options.dry_run;
  summary.time = run.clock->now();
  if (options.dry_run) {
    count_only(turn, decision);
    files.stage(live.rows(), true);
    hold_earlier(session, run, source, summary.files);
  } else {
    hold_earlier(session, run, source, summary.files);
    write_with_files(turn, files, live, decision.parent);
    release_held(session, run, source, summary.files);
  }
  summary.seconds = seconds_since(start);
  return summary;
}

}  // namespace valise
