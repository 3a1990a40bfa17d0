#include "ops/media_capture.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "format/media_pack.hpp"

namespace valise {
namespace {

// Files that one worker reads in one go: enough to outweigh the hand-over, few enough that several
// of them stay small in memory.
constexpr std::uint64_t kReadStepBytes = std::uint64_t{2} << 20;
constexpr std::size_t kReadStepFiles = 256;
constexpr std::size_t kRowStepFiles = 1024;

std::size_t steps_under_way(const WorkerPool& pool) { return 2 * pool.thread_count(); }

}  // namespace

StoredFile missing_row(const MergedFile& file) {
  StoredFile row;
  row.file.path = file.path;
  row.file.state = FileState::missing;
  row.file.size = file.is_named ? file.named_size : file.old.file.size;
  return row;
}

MediaCapture::MediaCapture(const Run& run, const Vault* vault, State& state, const Bytes16& source,
                           const std::set<std::uint32_t>& usable_packs, FileNotices& notices,
                           FileCounts& counts)
    : run_(run),
      state_(state),
      source_(source),
      usable_packs_(usable_packs),
      notices_(notices),
      counts_(counts),
      sealers_(pool_.thread_count()),
      reading_(pool_, steps_under_way(pool_), [this](Step step) { take(std::move(step)); }) {
  if (vault != nullptr) stage_.emplace(*vault, state_, source_, usable_packs_);
}

StagedCatalog MediaCapture::run(const MediaPlace& place, const AttachmentRows& rows,
                                std::vector<std::int64_t> last,
                                const std::function<void(std::uint64_t bytes)>& on_read) {
  on_read_ = on_read;
  counts_ = {};
  counts_.rows_outside = rows.outside;
  counts_.rows_cut_short = rows.cut_short;
  for (const std::string& sample : rows.outside_samples) {
    notice(FileNotice::Kind::outside, sample, 0, "it lies outside of the source's folder");
  }
  std::vector<std::string> roots = place.roots;
  roots.insert(roots.end(), place.extra_files.begin(), place.extra_files.end());
  if (roots.empty() && rows.files.size() == 0 && last.empty()) return {};
  walk_.emplace(place.base, roots,
                [this](WalkProblem problem) { report_walk(std::move(problem)); });
  merge_.emplace(state_, std::move(last), *walk_, rows, [this](const CatalogFile& file) {
    return std::all_of(file.pieces.begin(), file.pieces.end(), [this](const CatalogPiece& piece) {
      return usable_packs_.contains(pack_number(piece.pack));
    });
  });
  StateTurn turn(state_);
  if (stage_) state_.begin_catalog();
  merge_->run(*this);
  if (!stage_) return {};
  StagedCatalog staged = stage_->finish();
  state_.commit_catalog();
  counts_.bytes_added = stage_->bytes_put();
  return staged;
}

void MediaCapture::notice(FileNotice::Kind kind, const std::string& path, std::uint64_t size,
                          std::string reason) {
  notices_.tell({kind, path, size, std::move(reason)});
}

void MediaCapture::report_walk(WalkProblem problem) {
  if (problem.fault == WalkFault::special) {
    ++counts_.special;
    return notice(FileNotice::Kind::special, problem.path, 0, std::move(problem.reason));
  }
  ++counts_.unreadable;
  merge_->unreadable(problem.path);
  if (problem.is_folder) problem.path += '/';
  notice(FileNotice::Kind::unreadable, problem.path, 0, std::move(problem.reason));
}

void MediaCapture::note_read(std::uint64_t bytes) {
  read_bytes_ += bytes;
  if (on_read_) on_read_(read_bytes_);
}

void MediaCapture::submit(Step step) {
  auto shared = std::make_shared<Step>(std::move(step));
  reading_.submit([shared](std::size_t) { return std::move(*shared); });
}

void MediaCapture::count(const MergedFile& file) {
  switch (file.fate) {
    case Fate::same:
      if (file.old.file.state == FileState::present) ++counts_.files;
      break;
    case Fate::kept:
    case Fate::missing: {
      ++counts_.missing;
      const std::uint64_t size = file.fate == Fate::kept ? file.old.file.size : file.named_size;
      counts_.missing_bytes += size;
      if (file.fate == Fate::kept) ++counts_.missing_kept;
      notice(file.fate == Fate::kept ? FileNotice::Kind::missing_kept : FileNotice::Kind::missing,
             file.path, size);
      break;
    }
    case Fate::gone:
      if (file.old.file.state == FileState::present) ++counts_.gone;
      break;
    case Fate::fresh:
    case Fate::link:
    case Fate::unreadable:
    case Fate::unknown:
      break;
  }
}

void MediaCapture::stretch_begins(std::int64_t chunk) {
  leave_stretch();
  stretch_ = chunk;
}

void MediaCapture::leave_stretch() {
  if (stretch_ && !stretch_changed_) {
    // Nothing of it was handed on yet.
    for (const StoredFile& row : rows_) {
      if (stage_) stage_->note_packs(row.file);
    }
    rows_.clear();
    submit(ReuseChunk{*stretch_});
  } else {
    flush_rows();
    flush_reads();
  }
  stretch_.reset();
  stretch_changed_ = false;
}

void MediaCapture::file(MergedFile file) {
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  count(file);
  switch (file.fate) {
    case Fate::same:
    case Fate::kept:
      return keep_row(std::move(file.old), false);
    case Fate::link:
      return keep_row(stored_from(file.found), true);
    case Fate::missing: {
      const bool as_before = file.old.file.state == FileState::missing &&
                             !file.old.file.path.empty() && file.old.file.size == file.named_size;
      return keep_row(missing_row(file), !as_before);
    }
    case Fate::unreadable:  // It, or the folder that it is in, was told.
    case Fate::unknown: {
      const bool as_before =
          file.had || (file.old.file.state == FileState::missing && !file.old.file.path.empty());
      return keep_row(as_before ? std::move(file.old) : missing_row(file), !as_before);
    }
    case Fate::gone:
      stretch_changed_ = true;
      return;
    case Fate::fresh:
      stretch_changed_ = true;
      return read_later(std::move(file));
  }
}

void MediaCapture::keep_row(StoredFile row, bool changed) {
  stretch_changed_ = stretch_changed_ || changed || !stretch_;
  if (stretch_changed_) flush_reads();
  rows_.push_back(std::move(row));
  if (stretch_changed_ && rows_.size() >= kRowStepFiles) flush_rows();
}

void MediaCapture::flush_rows() {
  if (rows_.empty()) return;
  submit(Rows{std::move(rows_)});
  rows_.clear();
}

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

void MediaCapture::end() {
  leave_stretch();
  reading_.drain();
}

}  // namespace valise
