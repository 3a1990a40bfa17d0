// What a MediaCapture tells and counts: files that are not taken as they are, and why.

#include <fmt/format.h>

#include <algorithm>

#include "ops/media_capture.hpp"

namespace valise {

void MediaCapture::notice(FileNotice::Kind kind, const std::string& path, std::uint64_t size,
                          std::string reason) {
  notices_.tell({kind, path, size, std::move(reason)});
}

void MediaCapture::report_walk(WalkProblem problem) {
  switch (problem.fault) {
    case WalkFault::special:
      ++counts_.special;
      note_no_file(problem.path);
      return notice(FileNotice::Kind::special, problem.path, 0, std::move(problem.reason));
    case WalkFault::folder:
      ++counts_.folders;
      note_no_file(problem.path);
      return notice(FileNotice::Kind::folder, problem.path, 0, std::move(problem.reason));
    case WalkFault::absent:
      // An app makes its folders when it needs them. One that held files is more likely to have
      // been moved, or to stand on a disk that is not there tonight, than to be done with.
      if (problem.path == main_root_) counts_.root_absent = true;
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
  // A file whose path is longer than a catalog holds stands in none, and no row names it.
  if (problem.is_folder || problem.fault != WalkFault::too_deep) merge_->unreadable(problem.path);
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

void MediaCapture::note_no_file(const std::string& path) {
  if (const std::optional<std::size_t> at = named_->find(path)) no_files_[*at] = true;
}

// Where an earlier backup had a file there, its content is worth more than the truth about the
// folder: it is then kept, as that of any file that is gone.
bool MediaCapture::is_told_as_no_file(const MergedFile& file) const {
  if (file.fate != Fate::missing) return false;
  const std::optional<std::size_t> at = named_->find(file.path);
  return at && no_files_[*at];
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

void MediaCapture::count(const MergedFile& file) {
  switch (file.fate) {
    case Fate::same:
      if (file.had) ++counts_.files;
      if (file.found.is_symlink) tell_named_link(file);
      break;
    case Fate::link:
    case Fate::linked:
      tell_named_link(file);
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
      if (file.had) ++counts_.gone;
      break;
    case Fate::unknown:
      if (!file.had) break;
      ++counts_.in_doubt;
      notice(FileNotice::Kind::missing_kept, file.path, file.old.file.size,
             "whether the database still names it is not known");
      break;
    case Fate::unreadable:
      count_behind_link(file);
      break;
    case Fate::fresh:
      break;
  }
}

// A file that is wanted, and its content is not taken.
void MediaCapture::tell_named_link(const MergedFile& file) {
  if (file.fate != Fate::linked && !file.is_named) return;
  ++counts_.unreadable;
  std::string reason = "a symlink stands there, which is not followed";
  if (file.fate == Fate::linked) reason += "; it is kept from an earlier snapshot";
  notice(FileNotice::Kind::unreadable, file.path,
         file.fate == Fate::linked ? file.old.file.size : 0, std::move(reason));
}

// A file that is fresh is counted when it was read.
void MediaCapture::count_lacking(const MergedFile& file) {
  if (!file.is_named) return;
  const bool has_content = file.had && file.fate != Fate::link && file.fate != Fate::missing;
  if (!has_content && file.fate != Fate::fresh) ++counts_.lacking;
}

void MediaCapture::note_losses() {
  const std::set<std::string> losses = packs_.losses();
  counts_.packs_lost = losses.size();
  for (const std::string& loss : losses) {
    if (counts_.packs_lost_first.size() == kPacksLostNamed) break;
    counts_.packs_lost_first.push_back(loss);
  }
}

}  // namespace valise
