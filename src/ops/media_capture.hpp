#pragma once

#include <map>
#include <set>
#include <variant>

#include "base/ordered_pipeline.hpp"
#include "ops/catalog_merge.hpp"
#include "ops/catalog_stage.hpp"
#include "ops/file_notices.hpp"
#include "ops/file_reader.hpp"
#include "ops/packs_at_hand.hpp"
#include "source/media_place.hpp"
#include "valise/backup.hpp"

namespace valise {

/// The row of a file that a row of the database names and the disk lacks.
[[nodiscard]] StoredFile missing_row(const MergedFile& file);

/// Takes a source's attachments in: reuses what did not change, reads, seals and puts what did into
/// media packs, and leaves tonight's catalog in the state, for the snapshot to name. What it has
/// sealed is kept even if the run ends before the snapshot. A row whose file is gone stays with its
/// packs, be they there or not, unless what is lost is to be given up. Not thread-safe; starts
/// workers.
class MediaCapture final : public MergeSink {
 public:
  /// All arguments outlive it. Without `vault` nothing is read or written: what would be is counted
  /// (a dry run).
  MediaCapture(const Run& run, const Vault* vault, State& state, const Bytes16& source,
               PacksAtHand& packs, FileNotices& notices, FileCounts& counts);
  /// Rows whose packs are missing or damaged are given up where the disk lacks the file. Before
  /// run().
  void drop_lost() { drop_lost_ = true; }
  /// Once. `last`: the chunks of the catalog that is gone on from. `on_read`, which may be empty,
  /// is called now and then with the bytes of files read so far, on the calling thread. Throws
  /// StateError, Error(storage), Error(source), Error(cancelled), and what `on_read` throws.
  [[nodiscard]] StagedCatalog run(const MediaPlace& place, const AttachmentRows& rows,
                                  std::vector<std::int64_t> last,
                                  const std::function<void(std::uint64_t bytes)>& on_read);

  void stretch_begins(std::int64_t chunk) override;
  void file(MergedFile file) override;
  void end() override;

 private:
  // What the steps come to, in the order of the catalog.
  struct ReuseChunk {
    std::int64_t chunk = 0;
  };
  struct Rows {
    std::vector<StoredFile> files;
  };
  struct ReadJob {
    MergedFile file;
    ReadFile read;
  };
  struct Reads {
    std::vector<ReadJob> jobs;
  };
  struct LargePiece {
    SealedPiece piece;
  };
  struct LargeEnd {
    ReadJob job;
  };
  using Step = std::variant<ReuseChunk, Rows, Reads, LargePiece, LargeEnd>;

  void report_walk(WalkProblem problem);
  [[nodiscard]] bool had_files_below(const std::string& folder) const;
  [[nodiscard]] bool is_told_as_no_file(const MergedFile& file) const;
  void note_no_file(const std::string& path);
  void count_behind_link(const MergedFile& file);
  void tell_named_link(const MergedFile& file);
  void count_lacking(const MergedFile& file);
  void tell_links();
  void note_read(std::uint64_t bytes);
  void notice(FileNotice::Kind kind, const std::string& path, std::uint64_t size,
              std::string reason = {});
  void count(const MergedFile& file);
  void give_up_lost(MergedFile& file);
  void keep_old(const CatalogFile& file);
  void note_losses();
  void keep_row(StoredFile row, bool changed);
  void keep_as_before(MergedFile file);
  void leave_stretch();
  void read_later(MergedFile file);
  void flush_rows();
  void flush_reads();
  void read_large(MergedFile file);
  [[nodiscard]] bool is_known(ReadJob& job);
  void submit(Step step);

  void take(Step step);
  void take_read(ReadJob job);
  void read_grown(ReadJob& job);
  void put_row(StoredFile row);

  const Run& run_;
  State& state_;
  Bytes16 source_;
  PacksAtHand& packs_;
  bool drop_lost_ = false;
  FileNotices& notices_;
  FileCounts& counts_;
  std::optional<FileWalk> walk_;
  std::optional<CatalogMerge> merge_;
  std::vector<std::int64_t> last_;
  const NamedFiles* named_ = nullptr;  // While run() runs.
  std::vector<bool> no_files_;         // Of each of them: told as what it is, a folder or a FIFO.
  std::string main_root_;
  // Symlinks in the place of folders, each with the named files behind it.
  std::map<std::string, std::uint64_t, std::less<>> links_;

  // The stretch of last night's catalog under way; its rows are held back while all are the same.
  std::optional<std::int64_t> stretch_;
  bool stretch_changed_ = false;
  std::vector<StoredFile> rows_;
  std::vector<ReadJob> reads_;
  std::uint64_t reads_bytes_ = 0;

  std::function<void(std::uint64_t bytes)> on_read_;
  std::uint64_t read_bytes_ = 0;  // Whether their content was known or not.
  std::uint64_t done_bytes_ = 0;
  WorkerPool pool_;
  std::vector<PieceSealer> sealers_;   // One for each worker.
  std::optional<CatalogStage> stage_;  // None in a dry run.
  // Last, so that it ends first: its steps use what stands above.
  OrderedPipeline<Step> reading_;
};

}  // namespace valise
