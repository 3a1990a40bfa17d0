#include "ops/backup_source.hpp"

#include <unistd.h>

#include <chrono>
#include <climits>

#include "base/hex.hpp"
#include "ops/chain_decision.hpp"
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

// How often packs may go while they are needed.
constexpr int kStagesMax = 3;

void write_with_files(const SnapshotTurn& turn, LiveFiles& files,
                      const std::optional<SourceState>& parent) {
  for (int stage = 1;; ++stage) {
    files.stage(false);
    try {
      return write_snapshot(turn, parent);
    } catch (const PacksGone&) {
      if (stage == kStagesMax) {
        throw Error(ErrorKind::storage,
                    "media packs keep going from the vault while a backup needs them; what "
                    "removes them?");
      }
    }
  }
}

}  // namespace

BackupSummary backup_source(WriterSession& session, const Run& run,
                            const std::filesystem::path& path, const BackupOptions& options,
                            FileNotices& notices) {
  const auto start = std::chrono::steady_clock::now();
  LiveDatabase database = LiveDatabase::open(path);
  BackupSummary summary;
  LiveContent content(database, path, run);
  const std::string profile = database.profile();
  const MediaPlace place = media_place(profile, path);
  const AttachmentRows rows = database.attachment_rows();
  const Bytes16 source = source_id(session.credential, profile, path);
  LiveFiles files(run, session.vault, session.state, source, place, rows, notices, summary.files);
  const SnapshotTurn turn{session, run, content, summary, source, &files};
  const ChainDecision decision =
      decide_chain(session, turn.source, database.page_size(), options.full);
  note_policy(summary, session.policy_payload());
  summary.full = !decision.parent;
  summary.why_full = decision.why_full;
  summary.source = path;
  summary.source_id = hex(turn.source);
  summary.pages = database.page_count();
  summary.database_bytes = std::uint64_t{database.page_count()} * database.page_size();
  summary.dry_run = options.dry_run;
  summary.time = run.clock->now();
  if (options.dry_run) {
    count_only(turn, decision);
    files.stage(true);
  } else {
    write_with_files(turn, files, decision.parent);
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace valise
