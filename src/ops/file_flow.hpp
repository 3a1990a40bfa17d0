#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ordered_pipeline.hpp"
#include "vault/media_reader.hpp"

namespace valise {

/// Why one file cannot stand where it belongs, while others can.
struct FileRefused {
  std::string problem;
};

/// Where the content of one file goes. Used by one thread. Destroyed before finish(), it leaves
/// nothing.
class FileSink {
 public:
  virtual ~FileSink() = default;
  virtual void write(ByteSpan piece) = 0;
  /// After the content was found to be what was backed up.
  virtual void finish() = 0;
};

/// What became of one file.
struct FileOutcome {
  enum class Fate {
    done,
    damaged,  ///< Its pack is missing, changed or cannot be read.
    refused,  ///< Its sink threw FileRefused.
  };
  CatalogFile file;
  Fate fate = Fate::done;
  std::string problem;
};

/// Takes files that are present, and symlinks, out of a vault on all cores: many small ones side by
/// side, the pieces of a large one side by side. Memory is that of a few pieces, whatever the
/// files' sizes. One damaged pack does not keep other files from coming. Used from one thread.
class FileFlow {
 public:
  struct Callbacks {
    /// Called by any thread; of one `worker` number never twice at once, nor before its last sink
    /// is gone. May throw FileRefused.
    std::function<std::unique_ptr<FileSink>(std::size_t worker, const CatalogFile& file)> open;
    // On the thread that calls add() and finish():
    std::function<void(const FileOutcome& outcome)> done;
    std::function<void(std::uint64_t bytes)> on_bytes;  ///< So many more have been dealt with.
  };
  /// `vault` outlives it. Errors of a sink, and Error(cancelled), pass through add() and finish().
  FileFlow(const Vault& vault, Callbacks callbacks);

  /// Worker numbers are below this.
  [[nodiscard]] std::size_t worker_count() const noexcept { return pool_.thread_count() + 1; }
  void add(CatalogFile file);
  /// Once, after the last file.
  void finish();

 private:
  using Batch = std::vector<FileOutcome>;
  void submit_batch();
  void carry(FileOutcome& outcome, std::size_t worker) const;
  void carry_large(FileOutcome& outcome);

  MediaReader reader_;
  Callbacks callbacks_;
  WorkerPool pool_;
  Batch batch_;
  std::uint64_t batch_bytes_ = 0;
  OrderedPipeline<Batch> pipeline_;
};

}  // namespace valise
