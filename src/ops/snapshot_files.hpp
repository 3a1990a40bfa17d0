#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ops/media_capture.hpp"
#include "vault/container_writer.hpp"

namespace valise {

/// Thrown when a pack that a snapshot needs has gone from the vault since it was listed, but for
/// those of which it was known when the files were looked at (StagedCatalog::absent): nothing would
/// come of another look. Caught where snapshots are made; no other exception of the library leaves
/// by it.
struct PacksGone {};

/// The attachments of one snapshot under way.
class SnapshotFiles {
 public:
  virtual ~SnapshotFiles() = default;
  /// Writes the catalog's records, whole or what changed since the parent's, and returns the packs
  /// that they name, ascending.
  [[nodiscard]] virtual std::vector<Bytes32> write_catalog(ContainerWriter& writer, bool full) = 0;
  /// Just before the snapshot is signed. Throws PacksGone.
  virtual void check_packs() = 0;
  /// Between begin and commit of the state.
  virtual void commit(State& state) = 0;
};

/// Attachments whose catalog stands in the state.
class StagedFiles : public SnapshotFiles {
 public:
  [[nodiscard]] std::vector<Bytes32> write_catalog(ContainerWriter& writer, bool full) override;
  void check_packs() override;
  void commit(State& state) override;

 protected:
  /// All arguments outlive it.
  StagedFiles(const Run& run, const Vault& vault, State& state, const Bytes16& source);
  [[nodiscard]] std::set<std::uint32_t> usable() const;

  const Run& run_;

  const Vault& vault_;
  State& state_;
  const Bytes16 source_;
  StagedCatalog staged_;

 private:
  const std::uint32_t first_of_run_;  // By the state's numbers of packs.
};

/// The attachments of a live source, taken in by stage().
class LiveFiles final : public StagedFiles {
 public:
  /// All arguments outlive it.
  LiveFiles(const Run& run, const Vault& vault, State& state, const Bytes16& source,
            const MediaPlace& place, FileNotices& notices, FileCounts& counts);
  /// See MediaCapture::drop_lost. Before stage().
  void drop_lost() { drop_lost_ = true; }
  /// Before the snapshot's own transaction; again after PacksGone, or where the rows are newer by
  /// now: it then goes on from what it has taken, and the counts are those of all passes. `on_read`
  /// is as MediaCapture's. Throws like MediaCapture::run.
  void stage(const AttachmentRows& rows, bool dry_run,
             const std::function<void(std::uint64_t bytes)>& on_read = {});

 private:
  void add_earlier_pass(const FileCounts& before);

  const MediaPlace& place_;
  FileNotices& notices_;
  FileCounts& counts_;
  bool was_staged_ = false;
  bool drop_lost_ = false;
};

}  // namespace valise
