#include "ops/restore_files.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "base/error.hpp"
#include "ops/snapshot_catalog.hpp"

namespace valise {

FileRestore::FileRestore(const VaultView& view, std::vector<const Snapshot*> chain,
                         const VaultKey& key, const Run& run, const RestoreOptions& options,
                         std::string database)
    : view_(view),
      chain_(std::move(chain)),
      key_(key),
      run_(run),
      options_(options),
      refused_(std::move(database)),
      pattern_matched_(options.files.size(), false),
      names_file_(options.files.size(), false) {}

namespace {

/// Whether `pattern` means a folder that `path` is below; with a slash at its end it may be a glob.
bool means_folder_of(const std::string& pattern, const std::string& path) {
  std::string folder = pattern;
  while (folder.ends_with('/')) folder.pop_back();
  if (folder.empty()) return false;
  folder += '/';
  if (path.starts_with(folder)) return true;
  return pattern.ends_with('/') && fnmatch((folder + '*').c_str(), path.c_str(), 0) == 0;
}

}  // namespace

bool FileRestore::is_wanted(const std::string& path) {
  if (options_.files.empty()) return true;
  bool wanted = false;
  for (std::size_t i = 0; i < options_.files.size(); ++i) {
    const std::string& pattern = options_.files[i];
    // A name may hold what has a meaning in patterns: taken as it stands it means itself, and then
    // no folder of that name, whose files come later.
    if (pattern == path) names_file_[i] = true;
    if (pattern != path && fnmatch(pattern.c_str(), path.c_str(), 0) != 0 &&
        (names_file_[i] || !means_folder_of(pattern, path))) {
      continue;
    }
    pattern_matched_[i] = true;
    wanted = true;
  }
  return wanted;
}

void FileRestore::plan_one(const CatalogFile& file) {
  if (!is_wanted(file.path)) return;
  if (file.state == FileState::missing) {
    ++missing_;
    missing_bytes_ += file.size;
    return;
  }
  refused_.add(file.path);
  ++planned_files_;
  planned_bytes_ += file.state == FileState::present ? file.size : 0;
  if (!target_) target_ = std::make_unique<TargetFolder>(options_.to, options_.overwrite);
  if (!target_->stands(file.path)) return;
  if (standing_++ == 0) first_standing_ = file.path;
}

void FileRestore::plan() {
  catalog_ = open_catalog(view_, chain_, key_);
  const auto catalog = catalog_->anew();
  while (const std::optional<CatalogFile> file = catalog->next()) {
    if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
    plan_one(*file);
  }
  if (standing_ > 0 && !options_.overwrite) {
    throw Error(
        ErrorKind::usage,
        (options_.to / first_standing_).string() + ": it exists" +
            (standing_ > 1 ? fmt::format(", and so do {} more files of the snapshot", standing_ - 1)
                           : "") +
            "; restore to another folder, or add --overwrite");
  }
  if (!options_.files.empty() && planned_files_ == 0) fail_without_files();
  warn_of_idle_patterns();
}

void FileRestore::fail_without_files() const {
  const std::string asked = fmt::format("\"{}\"", fmt::join(options_.files, "\", \""));
  if (missing_ > 0) {
    throw Error(ErrorKind::not_found,
                fmt::format("backup {} names {} file{} by {}, and has the content of none: it was "
                            "not on the device then; an older backup may have it",
                            chain_.back()->id(), missing_, missing_ == 1 ? "" : "s", asked));
  }
  throw Error(ErrorKind::not_found,
              fmt::format("backup {} holds no file {}; see \"valise list --files {}\"",
                          chain_.back()->id(), asked, chain_.back()->id().substr(0, 8)));
}

void FileRestore::warn_of_idle_patterns() const {
  for (std::size_t i = 0; i < pattern_matched_.size(); ++i) {
    if (pattern_matched_[i] || !run_.on_warning) continue;
    run_.on_warning("the backup holds no file \"" + options_.files[i] + "\"");
  }
}

void FileRestore::report(std::uint64_t bytes) {
  done_bytes_ += bytes;
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (!run_.on_progress) return;
  run_.on_progress(
      {.step = "restoring files", .object = {}, .done = done_bytes_, .total = planned_bytes_});
}

void FileRestore::note(const FileOutcome& outcome, RestoreResult& result) const {
  const CatalogFile& file = outcome.file;
  switch (outcome.fate) {
    case FileOutcome::Fate::damaged:
      result.files_damaged.add(file.path, outcome.problem);
      return;
    case FileOutcome::Fate::refused:
      result.files_refused.add(file.path, outcome.problem);
      return;
    case FileOutcome::Fate::done:
      break;
  }
  if (file.state == FileState::symlink) {
    ++result.links;
    return;
  }
  ++result.files;
  result.files_bytes += file.size;
}

void FileRestore::run(RestoreResult& result) {
  result.files_missing = missing_;
  result.files_missing_bytes = missing_bytes_;
  if (!target_) return;
  // Links last: where the target takes a file's name and a link's for the same, the file is what is
  // wanted back.
  for (const bool links : {false, true}) {
    FileFlow flow(view_.vault,
                  {.open = [this](std::size_t worker,
                                  const CatalogFile& file) { return target_->open(worker, file); },
                   .done = [&](const FileOutcome& outcome) { note(outcome, result); },
                   .on_bytes = [this](std::uint64_t bytes) { report(bytes); }});
    if (!links) target_->begin(flow.worker_count());
    RefusedRows::Again refused(refused_);
    const std::unique_ptr<MergedCatalog> catalog = catalog_->anew();
    while (std::optional<CatalogFile> file = catalog->next()) {
      if (file->state == FileState::missing || !is_wanted(file->path)) continue;
      const char* const problem = refused.next(file->path);
      if ((file->state == FileState::symlink) != links) continue;
      if (problem == nullptr) {
        flow.add(*std::move(file));
        continue;
      }
      result.files_refused.add(file->path, problem);
      report(file->size);
    }
    flow.finish();
  }
  target_->sync();
  if (target_->lost_modes_or_times() && run_.on_warning) {
    run_.on_warning(options_.to.string() +
                    ": its file system did not take the modes or times of all files");
  }
}

}  // namespace valise
