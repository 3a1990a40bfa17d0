#include "ops/catalog_merge.hpp"

#include <algorithm>

namespace valise {
namespace {

bool same_link(const CatalogFile& old, const WalkedFile& found) {
  return old.state == FileState::symlink && old.link == found.link && old.mode == found.mode &&
         old.mtime_ns == found.identity.mtime_ns;
}

bool same_content(const StoredFile& old, const WalkedFile& found) {
  return old.file.state == FileState::present && old.ctime_ns != 0 &&
         FileIdentity{old.file.size, old.file.mtime_ns, old.ctime_ns, old.inode} ==
             found.identity &&
         old.file.mode == found.mode;
}

}  // namespace

CatalogMerge::CatalogMerge(const State& state, std::vector<std::int64_t> last, FileWalk& walk,
                           const AttachmentRows& rows,
                           std::function<bool(const CatalogFile&)> is_usable)
    : state_(state),
      walk_(walk),
      named_(rows.files),
      rows_cut_short_(rows.cut_short),
      is_usable_(std::move(is_usable)),
      chunks_(std::move(last)) {}

bool CatalogMerge::is_unreadable(std::string_view path) const {
  if (unreadable_.empty()) return false;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (unreadable_.contains(path.substr(0, slash))) return true;
  }
  return unreadable_.contains(path);
}

Fate CatalogMerge::fate_of_found(const MergedFile& file) const {
  if (file.found.is_symlink) {
    return same_link(file.old.file, file.found) ? Fate::same : Fate::link;
  }
  return same_content(file.old, file.found) && is_usable_(file.old.file) ? Fate::same : Fate::fresh;
}

MergedFile CatalogMerge::judge(std::string path, std::optional<StoredFile> old,
                               std::optional<WalkedFile> found,
                               std::optional<std::uint64_t> named) const {
  MergedFile file;
  file.path = std::move(path);
  if (old) file.old = *std::move(old);
  file.is_named = named.has_value();
  file.named_size = named.value_or(0);
  const bool may_be_named = rows_cut_short_ && !file.old.file.path.empty();
  // Where that cannot be found out, the walk tells it, and so it is unreadable below.
  if (!found && (named || may_be_named) && !is_unreadable(file.path)) {
    found = walk_.look_at(file.path);
  }
  const bool was_there =
      file.old.file.state == FileState::present || file.old.file.state == FileState::symlink;
  file.had = !file.old.file.path.empty() && was_there;
  if (found) {
    file.found = *std::move(found);
    file.fate = fate_of_found(file);
  } else if (is_unreadable(file.path)) {
    file.fate = Fate::unreadable;
  } else if (named) {
    file.fate = file.had ? Fate::kept : Fate::missing;
  } else if (may_be_named) {
    file.fate = Fate::unknown;
  } else {
    file.fate = Fate::gone;
  }
  return file;
}

bool CatalogMerge::load_chunk() {
  while (next_old_ == old_.size()) {
    if (next_chunk_ == chunks_.size()) return false;
    old_ = state_.catalog_files(chunks_[next_chunk_++]);
    next_old_ = 0;
  }
  return true;
}

void CatalogMerge::run(MergeSink& sink) {
  std::optional<WalkedFile> found = walk_.next();
  std::size_t next_named = 0;
  std::optional<std::int64_t> announced;
  for (;;) {
    const bool has_old = load_chunk();
    const bool has_named = next_named < named_.size();
    if (!has_old && !found && !has_named) break;
    std::string path;
    const auto take_least = [&path](std::string_view candidate) {
      if (path.empty() || candidate < path) path = candidate;
    };
    if (has_old) take_least(old_[next_old_].file.path);
    if (found) take_least(found->path);
    if (has_named) take_least(named_.at(next_named).path);

    std::optional<StoredFile> old;
    if (has_old && old_[next_old_].file.path == path) {
      const std::int64_t chunk = chunks_[next_chunk_ - 1];
      if (announced != chunk) sink.stretch_begins(chunk);
      announced = chunk;
      old = std::move(old_[next_old_++]);
    }
    std::optional<WalkedFile> here;
    if (found && found->path == path) {
      here = std::move(found);
      found = walk_.next();
    }
    std::optional<std::uint64_t> named;
    if (has_named && named_.at(next_named).path == path) named = named_.at(next_named++).size;
    sink.file(judge(std::move(path), std::move(old), std::move(here), named));
  }
  sink.end();
}

}  // namespace valise
