#include "ops/snapshot_writer.hpp"

#include <future>

#include "base/error.hpp"
#include "ops/chain_decision.hpp"
#include "ops/full_capture.hpp"
#include "ops/increment_capture.hpp"

namespace valise {
namespace {

// An increment that turns into a full, and policies that change meanwhile.
constexpr int kAttemptsMax = 4;

void note_content(Manifest& manifest, const ContentSummary& content) {
  manifest.source.profile = content.profile;
  manifest.source.schema_version = content.schema_version;
  manifest.database.messages = content.messages;
  manifest.database.first_message = content.first_message;
  manifest.database.last_message = content.last_message;
}

// After the pages: counts in the same transaction while the workers still compress and seal.
template <typename Capture>
void finish_capture(const SnapshotTurn& turn, Capture& capture, Manifest& manifest) {
  std::future<ContentSummary> counting =
      std::async(std::launch::async, [&turn] { return turn.content.summarize(); });
  manifest.database.page_root = capture.finish();
  const ContentSummary content = counting.get();
  turn.content.check_root(manifest.database.page_root);
  note_content(turn.summary, content);
  note_content(manifest, content);
}

std::vector<Bytes32> write_catalog(const SnapshotTurn& turn, ContainerWriter& writer, bool full) {
  if (turn.files == nullptr) return {};
  return turn.files->write_catalog(writer, full);
}

Entry write_full(const SnapshotTurn& turn) {
  StateTurn state_turn(turn.session.state);
  turn.session.state.begin_anew(turn.source);
  ContainerWriter writer(turn.session.vault);
  Manifest manifest = turn.content.start_manifest();
  {
    FullCapture capture(turn.run, writer, turn.session.state, turn.source,
                        manifest.database.page_size,
                        static_cast<std::uint32_t>(manifest.database.page_count));
    turn.content.capture(capture);
    finish_capture(turn, capture, manifest);
  }
  turn.summary.pages_changed = turn.summary.pages;
  return commit_snapshot(turn, writer, manifest, write_catalog(turn, writer, true), nullptr);
}

Entry write_increment(const SnapshotTurn& turn, const SourceState& parent) {
  StateTurn state_turn(turn.session.state);
  turn.session.state.begin(turn.source);
  ContainerWriter writer(turn.session.vault);
  Manifest manifest = turn.content.start_manifest();
  manifest.parent_page_root = parent.page_root;
  {
    IncrementCapture capture(turn.run, &writer, turn.session.state, parent,
                             manifest.database.page_size,
                             static_cast<std::uint32_t>(manifest.database.page_count));
    if (!turn.content.capture_changes(parent, capture)) turn.content.capture(capture);
    finish_capture(turn, capture, manifest);
    turn.summary.pages_changed = capture.changed();
  }
  return commit_snapshot(turn, writer, manifest, write_catalog(turn, writer, false), &parent);
}

// The source is not left under a policy that the owner has replaced.
void warn_overtaken(const SnapshotTurn& turn) {
  if (!turn.run.on_warning) return;
  turn.run.on_warning("the policy changed in the moment in which the backup " +
                      turn.summary.snapshot +
                      " was signed; whom the old policy names can open it, and it is made again "
                      "under the new one");
}

}  // namespace

void note_policy(BackupSummary& summary, const PolicyPayload& policy) {
  summary.policy = policy_word(policy);
  summary.k = policy.k;
  summary.readers = readers_of(policy);
}

void note_content(BackupSummary& summary, const ContentSummary& content) {
  summary.profile = content.profile;
  summary.schema_version = content.schema_version;
  summary.absent_tables = content.absent_tables;
  summary.messages = content.messages;
  summary.first_message = content.first_message;
  summary.last_message = content.last_message;
}

void write_snapshot(const SnapshotTurn& turn, const std::optional<SourceState>& parent) {
  const SourceState* base = parent ? &*parent : nullptr;
  for (int attempt = 1;; ++attempt) {
    std::string why;
    try {
      const Entry entry = base != nullptr ? write_increment(turn, *base) : write_full(turn);
      if (!turn.session.was_overtaken(turn.run, entry)) {
        turn.summary.bytes_added += turn.summary.files.bytes_added;
        return;
      }
      warn_overtaken(turn);
      why = kPolicyChanged;
    } catch (const NeedsFull& needs) {
      why = needs.why;
    }
    if (attempt == kAttemptsMax) {
      throw Error(ErrorKind::locked,
                  "the policy keeps changing while this backup is made; try again later");
    }
    base = nullptr;
    turn.summary.full = true;
    turn.summary.why_full = why;
  }
}

}  // namespace valise
