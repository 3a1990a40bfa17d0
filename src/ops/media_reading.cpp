// The half of MediaCapture that reads files: small ones many at a time, large ones piece by piece.

#include "base/error.hpp"
#include "ops/media_capture.hpp"

namespace valise {
namespace {

// Files that one worker reads in one go: enough to outweigh the hand-over, few enough that several
// of them stay small in memory.
constexpr std::uint64_t kReadStepBytes = std::uint64_t{2} << 20;
constexpr std::size_t kReadStepFiles = 256;

}  // namespace

void MediaCapture::read_later(MergedFile file) {
  flush_rows();
  if (!stage_) {
    ++counts_.files;
    ++counts_.files_new;
    counts_.bytes_new += file.found.identity.size;
    return;
  }
  stage_->read_known();
  if (file.found.identity.size > kWholeFileBytesMax) return read_large(std::move(file));
  reads_bytes_ += file.found.identity.size;
  reads_.push_back({std::move(file), {}});
  if (reads_bytes_ >= kReadStepBytes || reads_.size() >= kReadStepFiles) flush_reads();
}

void MediaCapture::flush_reads() {
  if (reads_.empty()) return;
  auto jobs = std::make_shared<std::vector<ReadJob>>(std::move(reads_));
  reads_.clear();
  reads_bytes_ = 0;
  reading_.submit([this, jobs](std::size_t worker) {
    for (ReadJob& job : *jobs) {
      job.read = read_whole(
          *walk_, job.file.found, [this](const Bytes32& hash) { return stage_->known(hash); },
          sealers_[worker]);
    }
    return Step(Reads{std::move(*jobs)});
  });
}

bool MediaCapture::is_known(ReadJob& job) {
  PieceReader reader(*walk_, job.file.found);
  while (reader.unreadable().empty()) {
    const std::size_t bytes = reader.next().size();
    if (bytes == 0) break;
    note_read(bytes);
    if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  }
  if (!reader.unreadable().empty()) return false;
  job.read.stored = reader.finish(job.read.changing);
  return !job.read.changing && stage_->known(job.read.stored.file.content_hash);
}

// One piece after the other: read and hashed here, compressed and sealed by the workers. A film
// that is known already would be sealed in vain; so it is hashed first where that may be.
void MediaCapture::read_large(MergedFile file) {
  flush_reads();
  ReadJob job{std::move(file), {}};
  if (stage_->may_know(job.file.found.identity.size)) {
    reading_.drain();
    if (is_known(job)) return submit(LargeEnd{std::move(job)});
  }
  for (int attempt = 1;; ++attempt) {
    PieceReader reader(*walk_, job.file.found);
    while (reader.unreadable().empty()) {
      auto piece = std::make_shared<Bytes>(reader.next());
      if (piece->empty()) break;
      if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
      reading_.submit([this, piece](std::size_t worker) {
        return Step(LargePiece{sealers_[worker].seal(std::move(*piece))});
      });
    }
    job.read.unreadable = reader.unreadable();
    if (job.read.unreadable.empty()) job.read.stored = reader.finish(job.read.changing);
    if (!job.read.changing || attempt == kReadAttempts) break;
    // Again, under new keys: what was sealed so far belongs to nothing.
    submit(LargeEnd{});
  }
  submit(LargeEnd{std::move(job)});
}

}  // namespace valise
