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
  counts_.rows_cut_short = rows.cut_short && !rows.table_absent;
  counts_.table_absent = rows.table_absent;
  for (const std::string& sample : rows.outside_samples) {
    notice(FileNotice::Kind::outside, sample, 0, "it lies outside of the source's folder");
  }
  const bool has_place = !place.roots.empty() || !place.extra_files.empty();
  if (!has_place && rows.files.size() == 0 && last.empty()) return {};
  last_ = last;
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

void MediaCapture::notice(FileNotice::Kind kind, const std::string& path, std::uint64_t size,
                          std::string reason) {
  notices_.tell({kind, path, size, std::move(reason)});
}

void MediaCapture::report_walk(WalkProblem problem) {
  switch (problem.fault) {
    case WalkFault::special:
      ++counts_.special;
      no_files_.insert(problem.path);
      return notice(FileNotice::Kind::special, problem.path, 0, std::move(problem.reason));
    case WalkFault::folder:
      ++counts_.folders;
      no_files_.insert(problem.path);
      return notice(FileNotice::Kind::folder, problem.path, 0, std::move(problem.reason));
    case WalkFault::absent:
      // An app makes its folders when it needs them. One that held files is more likely to have
      // been moved, or to stand on a disk that is not there tonight, than to be done with.
      if (!had_files_below(problem.path)) return;
      problem.reason +=
          ", and the last backup had files in it: they stay as they were; if they are gone for "
          "good, make an empty folder there";
      break;
    case WalkFault::linked:
      links_.emplace(problem.path, 0);  // Told when it is known what is behind it.
      break;
    default:
      break;
  }
  ++counts_.unreadable;
  merge_->unreadable(problem.path);
  if (problem.fault == WalkFault::linked) return;
  if (problem.is_folder) problem.path += '/';
  notice(FileNotice::Kind::unreadable, problem.path, 0, std::move(problem.reason));
}

bool MediaCapture::had_files_below(const std::string& folder) const {
  const std::string below = folder + '/';
  auto chunk = std::partition_point(last_.begin(), last_.end(), [&](std::int64_t candidate) {
    const std::vector<StoredFile> files = state_.catalog_files(candidate);
    return files.empty() || files.back().file.path < below;
  });
  for (; chunk != last_.end(); ++chunk) {
    for (const StoredFile& file : state_.catalog_files(*chunk)) {
      if (file.file.path < below) continue;
      if (!file.file.path.starts_with(below)) return false;
      if (file.file.state == FileState::present) return true;
    }
  }
  return false;
}

// Where an earlier backup had a file there, its content is worth more than the truth about the
// folder: it is then kept, as that of any file that is gone.
bool MediaCapture::is_told_as_no_file(const MergedFile& file) const {
  return file.fate == Fate::missing && no_files_.contains(file.path);
}

void MediaCapture::count_behind_link(const MergedFile& file) {
  if (links_.empty() || !file.is_named) return;
  for (std::size_t slash = file.path.find('/'); slash != std::string::npos;
       slash = file.path.find('/', slash + 1)) {
    const auto link = links_.find(std::string_view(file.path).substr(0, slash));
    if (link == links_.end()) continue;
    ++link->second;
    return;
  }
}

void MediaCapture::tell_links() {
  for (const auto& [path, files] : links_) {
    notice(FileNotice::Kind::unreadable, path, 0,
           fmt::format("{} named by the database {} behind this symlink, which is not followed",
                       files == 1 ? "1 file" : fmt::format("{} files", files),
                       files == 1 ? "lies" : "lie"));
  }
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
      if (file.fate == Fate::missing && file.had) break;  // Given up, and told.
      notice(file.fate == Fate::kept ? FileNotice::Kind::missing_kept : FileNotice::Kind::missing,
             file.path, size);
      break;
    }
    case Fate::gone:
      if (file.old.file.state == FileState::present) ++counts_.gone;
      break;
    case Fate::unreadable:
      count_behind_link(file);
      break;
    case Fate::fresh:
    case Fate::link:
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

void MediaCapture::note_losses() {
  const std::set<std::string> losses = packs_.losses();
  counts_.packs_lost = losses.size();
  for (const std::string& loss : losses) {
    if (counts_.packs_lost_first.size() == kPacksLostNamed) break;
    counts_.packs_lost_first.push_back(loss);
  }
}

void MediaCapture::file(MergedFile file) {
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (is_told_as_no_file(file)) {
    stretch_changed_ = stretch_changed_ || !file.old.file.path.empty();
    return;
  }
  give_up_lost(file);
  count(file);
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
    case Fate::unknown: {
      const bool as_before =
          file.had || (file.old.file.state == FileState::missing && !file.old.file.path.empty());
      if (file.had) keep_old(file.old.file);
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

void MediaCapture::end() {
  leave_stretch();
  reading_.drain();
  tell_links();
}

}  // namespace valise
