#include "ops/media_capture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "format/media_pack.hpp"

namespace valise {
namespace {

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
                           PacksAtHand& packs, FileNotices& notices, FileCounts& counts)
    : run_(run),
      state_(state),
      source_(source),
      packs_(packs),
      notices_(notices),
      counts_(counts),
      sealers_(pool_.thread_count()),
      reading_(pool_, steps_under_way(pool_), [this](Step step) { take(std::move(step)); }) {
  if (vault != nullptr) stage_.emplace(*vault, state_, source_, packs_.usable());
}

StagedCatalog MediaCapture::run(const MediaPlace& place, const AttachmentRows& rows,
                                std::vector<std::int64_t> last,
                                const std::function<void(std::uint64_t bytes)>& on_read) {
  on_read_ = on_read;
  counts_ = {};
  counts_.rows_outside = rows.outside;
  counts_.rows_unclear = rows.unclear;
  counts_.rows_cut_short = rows.cut_short && !rows.table_absent;
  counts_.why_cut_short = rows.why_cut_short;
  counts_.table_absent = rows.table_absent;
  for (const OutsideRow& row : rows.outside_samples) {
    notice(row.is_unclear ? FileNotice::Kind::unclear : FileNotice::Kind::outside, row.path, 0,
           row.reason);
  }
  const bool has_place = !place.roots.empty() || !place.extra_files.empty();
  if (!has_place && rows.files.size() == 0 && last.empty()) return {};
  last_ = last;
  named_ = &rows.files;
  no_files_.assign(rows.files.size(), false);
  if (!place.roots.empty()) main_root_ = place.roots.front();
  walk_.emplace(
      place.base, place.roots, [this](WalkProblem problem) { report_walk(std::move(problem)); },
      place.extra_files);
  merge_.emplace(state_, std::move(last), *walk_, rows,
                 [this](const CatalogFile& file) { return packs_.has(file); });
  StateTurn turn(state_);
  if (stage_) state_.begin_catalog();
  merge_->run(*this);
  note_losses();
  if (!stage_) return {};
  StagedCatalog staged = stage_->finish();
  staged.absent = packs_.kept();
  state_.commit_catalog();
  counts_.bytes_added = stage_->bytes_put();
  return staged;
}

void MediaCapture::note_read(std::uint64_t bytes) {
  read_bytes_ += bytes;
  if (on_read_) on_read_(read_bytes_);
}

void MediaCapture::submit(Step step) {
  auto shared = std::make_shared<Step>(std::move(step));
  reading_.submit([shared](std::size_t) { return std::move(*shared); });
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

// A row whose content is lost, and of which the user said that it shall not be kept any more. What
// cannot be looked at tonight may be on the disk all the same.
void MediaCapture::give_up_lost(MergedFile& file) {
  if (!drop_lost_ || file.fate != Fate::kept) return;
  const std::string loss = packs_.loss_of(file.old.file);
  if (loss.empty()) return;
  file.fate = Fate::missing;
  ++counts_.given_up;
  notice(FileNotice::Kind::given_up, file.path, file.old.file.size, loss);
}

// Nothing else has its content: the row stands with its packs and keys, though a pack be away.
void MediaCapture::keep_old(const CatalogFile& file) {
  packs_.keep(file);
  std::string loss = packs_.loss_of(file);
  if (loss.empty()) return;
  ++counts_.pack_lost;
  notice(FileNotice::Kind::pack_lost, file.path, file.size, std::move(loss));
}

void MediaCapture::file(MergedFile file) {
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (is_told_as_no_file(file)) {
    ++counts_.lacking;
    stretch_changed_ = stretch_changed_ || !file.old.file.path.empty();
    return;
  }
  give_up_lost(file);
  count(file);
  count_lacking(file);
  switch (file.fate) {
    case Fate::kept:
      keep_old(file.old.file);
      return keep_row(std::move(file.old), false);
    case Fate::same:
      return keep_row(std::move(file.old), false);
    case Fate::link:
      return keep_row(stored_from(file.found), true);
    case Fate::missing: {
      const bool as_before = file.old.file.state == FileState::missing &&
                             !file.old.file.path.empty() && file.old.file.size == file.named_size;
      return keep_row(missing_row(file), !as_before);
    }
    case Fate::unreadable:  // It, or the folder that it is in, was told.
    case Fate::unknown:
    case Fate::linked:
      return keep_as_before(std::move(file));
    case Fate::gone:
      stretch_changed_ = true;
      return;
    case Fate::fresh:
      stretch_changed_ = true;
      return read_later(std::move(file));
  }
}

// The row of last night stands; where there is none, the file is missing.
void MediaCapture::keep_as_before(MergedFile file) {
  const bool was_there = !file.old.file.path.empty();
  if (file.had) keep_old(file.old.file);
  keep_row(was_there ? std::move(file.old) : missing_row(file), !was_there);
}

void MediaCapture::keep_row(StoredFile row, bool changed) {
  if (row.file.state == FileState::missing) ++counts_.without_content;
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

void MediaCapture::end() {
  leave_stretch();
  reading_.drain();
  tell_links();
}

}  // namespace valise
