#pragma once

#include <optional>

#include "ops/snapshot_files.hpp"
#include "ops/writer_session.hpp"
#include "source/live_database.hpp"
#include "valise/backup.hpp"
#include "vault/container_writer.hpp"

namespace valise {

class IncrementCapture;

/// What a snapshot is made of: a live database, or one that was rebuilt from another snapshot.
class SnapshotContent {
 public:
  virtual ~SnapshotContent() = default;
  [[nodiscard]] virtual std::uint32_t page_size() const = 0;
  [[nodiscard]] virtual std::uint32_t page_count() const = 0;
  /// The manifest but for its hashes, its records and what summarize() tells.
  [[nodiscard]] virtual Manifest start_manifest() const = 0;
  /// Hands every page to `sink`, in the order that PageSink asks for.
  virtual void capture(PageSink& sink) = 0;
  /// The same for an increment on `parent`, where it is known which pages have changed since: tells
  /// the others by unchanged(). False, and nothing was handed over, where it is not known.
  [[nodiscard]] virtual bool capture_changes(const SourceState& parent,
                                             IncrementCapture& capture) = 0;
  /// Called after capture, on another thread.
  [[nodiscard]] virtual ContentSummary summarize() = 0;
  /// Called with the root of the pages that were captured, before anything is committed; throws
  /// when they are not what they should be.
  virtual void check_root(const Bytes32& page_root) const = 0;
};

/// One snapshot under way.
struct SnapshotTurn {
  WriterSession& session;
  const Run& run;
  SnapshotContent& content;
  BackupSummary& summary;  ///< Filled in as things become known.
  Bytes16 source{};
  SnapshotFiles* files = nullptr;  ///< Null where there are none to be kept.
};

/// Seals one snapshot and commits it: an increment on `parent`, or a full where there is none or an
/// increment will not do; the summary then says why. Where the owner replaced the policy in the
/// moment of the commit it warns, and seals another one under the new policy, of which the summary
/// then tells. Throws Error(locked) when the policy keeps changing meanwhile.
/// A pack that is gone by then throws PacksGone, and nothing was committed.
void write_snapshot(const SnapshotTurn& turn, const std::optional<SourceState>& parent);

/// The last step of write_snapshot: finishes the container, commits the state with the signed
/// entry, publishes the entry. The session's state is between begin and commit. Throws NeedsFull
/// (increment_capture.hpp) when the policy has changed and the container must be sealed anew;
/// nothing was committed then. `refs` are the packs that the container's catalog names. Returns the
/// entry.
[[nodiscard]] Entry commit_snapshot(const SnapshotTurn& turn, ContainerWriter& writer,
                                    Manifest& manifest, std::vector<Bytes32> refs,
                                    const SourceState* parent);

/// Who can open what is made under `policy`.
void note_policy(BackupSummary& summary, const PolicyPayload& policy);
void note_content(BackupSummary& summary, const ContentSummary& content);

}  // namespace valise
