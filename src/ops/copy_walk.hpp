#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/files.hpp"
#include "ops/copy_plan.hpp"
#include "ops/snapshot_writer.hpp"
#include "vault/rebuild.hpp"

namespace valise {

/// An original that is damaged, or builds on one that is. Not an Error, so that a fault of the
/// vault that is written to is never taken for one of the original.
struct DamagedOriginal {
  Error error;
};

/// Rebuilds the databases of one source, one after the other, in a file without a name. Each
/// container is applied once as long as they are asked for in order. Not thread-safe.
class ChainWalk {
 public:
  /// All arguments outlive the walk.
  ChainWalk(const VaultView& view, const VaultKey& key, const Run& run)
      : view_(view), key_(key), run_(run) {}

  /// Brings the file to `snapshot`; its page root is not proven yet. Throws DamagedOriginal,
  /// Error(storage), Error(cancelled).
  void go_to(const Snapshot& snapshot);
  /// After go_to: what was rebuilt is not what was backed up, and so is all that builds on it.
  void give_up(const Snapshot& snapshot, const Error& why);

  /// Of the snapshot that the file holds.
  [[nodiscard]] const Manifest& manifest() const { return rebuild_->manifest(); }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// Which pages may have changed since the file held a snapshot of this page root, one bit for
  /// each number; null where that is not known.
  [[nodiscard]] const std::vector<bool>* changed_since(const Bytes32& page_root) const noexcept {
    return came_from_ == page_root ? &changed_ : nullptr;
  }

 private:
  void begin_anew();
  void note_changes();

  const VaultView& view_;
  const VaultKey& key_;
  const Run& run_;
  UniqueFd file_;
  std::optional<DatabaseRebuild> rebuild_;
  std::vector<const Snapshot*> applied_;
  std::optional<Bytes32> came_from_;  // The page root before the last go_to.
  std::vector<bool> changed_;         // By the containers that it applied.
  std::map<const Snapshot*, Error> broken_;
};

/// The database that a walk has come to, as the content of a copy.
class RebuiltContent final : public SnapshotContent {
 public:
  RebuiltContent(const ChainWalk& walk, const ChosenSnapshot& original)
      : walk_(walk), original_(original) {}
  [[nodiscard]] std::uint32_t page_size() const override;
  [[nodiscard]] std::uint32_t page_count() const override;
  [[nodiscard]] Manifest start_manifest() const override;
  void capture(PageSink& sink) override;
  [[nodiscard]] bool capture_changes(const SourceState& parent, IncrementCapture& capture) override;
  [[nodiscard]] ContentSummary summarize() override;
  /// Throws DamagedOriginal unless the pages are those that were backed up.
  void check_root(const Bytes32& page_root) const override;

 private:
  void read_run(std::uint32_t first, std::uint32_t count, PageSink& sink) const;

  const ChainWalk& walk_;
  const ChosenSnapshot& original_;
};

}  // namespace valise
