#include "ops/file_flow.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>

#include "base/error.hpp"

namespace valise {
namespace {

// A worker holds up to three pieces of 8 MiB: sealed, opened, decompressed.
constexpr std::size_t kFlowThreadsMax = 4;
constexpr std::size_t kBatchFilesMax = 64;
constexpr std::uint64_t kBatchBytesMax = 4 << 20;
// A file with more pieces occupies all workers at once, instead of one of them for long.
constexpr std::size_t kSmallPiecesMax = 4;
constexpr std::size_t kLargePiecesUnderWay = 4;

std::size_t flow_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, kFlowThreadsMax);
}

/// One piece of a large file. A failure is a value, so that what a sink throws is told from it.
struct ReadPiece {
  Bytes content;
  std::optional<Error> failure;
};

ReadPiece read_one(const MediaReader& reader, const CatalogPiece& piece) {
  try {
    return {reader.read_piece(piece), std::nullopt};
  } catch (const Error& error) {
    return {{}, error};
  }
}

}  // namespace

FileFlow::FileFlow(const Vault& vault, Callbacks callbacks)
    : reader_(vault),
      callbacks_(std::move(callbacks)),
      pool_(flow_threads()),
      pipeline_(pool_, 2 * pool_.thread_count(), [this](const Batch& batch) {
        for (const FileOutcome& outcome : batch) {
          callbacks_.done(outcome);
          callbacks_.on_bytes(outcome.file.size);
        }
      }) {}

void FileFlow::add(CatalogFile file) {
  const bool large = file.pieces.size() > kSmallPiecesMax;
  FileOutcome outcome;
  outcome.file = std::move(file);
  if (large) {
    carry_large(outcome);
    callbacks_.done(outcome);
    return;
  }
  batch_bytes_ += outcome.file.size;
  batch_.push_back(std::move(outcome));
  if (batch_.size() >= kBatchFilesMax || batch_bytes_ >= kBatchBytesMax) submit_batch();
}

void FileFlow::finish() {
  if (!batch_.empty()) submit_batch();
  pipeline_.drain();
}

void FileFlow::submit_batch() {
  // Shared, because a step is a std::function, which must be copyable, and pieces hold keys.
  auto batch = std::make_shared<Batch>(std::move(batch_));
  batch_.clear();
  batch_bytes_ = 0;
  pipeline_.submit([this, batch](std::size_t worker) {
    for (FileOutcome& outcome : *batch) carry(outcome, worker);
    return std::move(*batch);
  });
}

void FileFlow::carry(FileOutcome& outcome, std::size_t worker) const {
  std::exception_ptr sink_failure;
  try {
    const std::unique_ptr<FileSink> sink = callbacks_.open(worker, outcome.file);
    if (outcome.file.state == FileState::present) {
      try {
        reader_.read_file(outcome.file, [&](ByteSpan piece) {
          try {
            sink->write(piece);
          } catch (...) {
            sink_failure = std::current_exception();
            throw;
          }
        });
      } catch (const Error& error) {
        if (sink_failure || error.kind() == ErrorKind::cancelled) throw;
        outcome.fate = FileOutcome::Fate::damaged;
        outcome.problem = error.what();
        return;
      }
    }
    sink->finish();
  } catch (const FileRefused& refused) {
    outcome.fate = FileOutcome::Fate::refused;
    outcome.problem = refused.problem;
  }
}

void FileFlow::carry_large(FileOutcome& outcome) {
  try {
    const std::unique_ptr<FileSink> sink = callbacks_.open(pool_.thread_count(), outcome.file);
    ContentCheck check;
    std::optional<Error> failure;
    OrderedPipeline<ReadPiece> pieces(pool_, kLargePiecesUnderWay, [&](const ReadPiece& piece) {
      callbacks_.on_bytes(piece.content.size());
      if (!failure) failure = piece.failure;
      if (failure) return;
      check.add(piece.content);
      sink->write(piece.content);
    });
    for (const CatalogPiece& piece : outcome.file.pieces) {
      if (failure) break;
      pieces.submit([this, &piece](std::size_t) { return read_one(reader_, piece); });
    }
    pieces.drain();
    try {
      if (failure) throw Error(*failure);
      check.finish(outcome.file);
    } catch (const Error& error) {
      outcome.fate = FileOutcome::Fate::damaged;
      outcome.problem = error.what();
      return;
    }
    sink->finish();
  } catch (const FileRefused& refused) {
    outcome.fate = FileOutcome::Fate::refused;
    outcome.problem = refused.problem;
  }
}

}  // namespace valise
