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
      rows_(rows),
      named_(rows.files),
      is_usable_(std::move(is_usable)),
      chunks_(std::move(last)) {}

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
  const bool may_be_named =
      named.has_value() || (!file.old.file.path.empty() && may_be_meant(file.path));
  file.had = !file.old.file.path.empty() && file.old.file.state == FileState::present;
  bool hidden = unreadable_.covers(file.path);
  // Where that cannot be found out, the walk tells it, and so it is hidden then.
  if (!found && may_be_named && (!hidden || may_look_at(file.path))) {
    found = walk_.look_at(file.path);
    hidden = unreadable_.covers(file.path);
  }
  if (found) {
    file.found = *std::move(found);
    // The symlink leads to no content that is backed up: it does not take the place of what is.
    const bool gives_way = file.found.is_symlink && may_be_named && file.had;
    file.fate = gives_way ? Fate::linked : fate_of_found(file);
  } else if (hidden) {
    file.fate = Fate::unreadable;
  } else if (named) {
    file.fate = file.had ? Fate::kept : Fate::missing;
  } else {
    file.fate = may_be_named ? Fate::unknown : Fate::gone;
  }
  return file;
}

// By a row that was not read, or does not say which file it names.
bool CatalogMerge::may_be_meant(std::string_view path) const {
  if (rows_.cut_short || rows_.unclear_any) return true;
  const std::size_t slash = path.rfind('/');
  return rows_.unclear_names.contains(path.substr(slash == std::string_view::npos ? 0 : slash + 1));
}

// Only a folder around what is unreadable is on the list, and the walk does not come by.
bool CatalogMerge::may_look_at(std::string_view path) const {
  return !unreadable_.names(path) && !walk_.covers(path);
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
