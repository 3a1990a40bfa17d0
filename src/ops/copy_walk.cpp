#include "ops/copy_walk.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "format/page_records.hpp"
#include "ops/increment_capture.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr const char* kRebuilt = "the rebuilt database";
constexpr std::size_t kReadBytes = 1 << 20;

Error built_on(const Snapshot& member, const Error& why) {
  return Error(why.kind(), "it builds on backup " + member.id() + ", which failed: " + why.what());
}

void read_pages(int fd, std::uint64_t offset, MutableByteSpan out) {
  if (read_at(fd, out, offset, kRebuilt) != out.size()) {
    throw Error(ErrorKind::storage,
                std::string(kRebuilt) + ": it became shorter while it was read");
  }
}

}  // namespace

void ChainWalk::begin_anew() {
  applied_.clear();
  rebuild_.reset();
  file_ = unnamed_file(run_.places.state_dir);
  rebuild_.emplace(file_.get(), kRebuilt, run_);
}

void ChainWalk::go_to(const Snapshot& snapshot) {
  std::vector<const Snapshot*> chain;
  try {
    chain = view_.index.chain_of(snapshot);
  } catch (const Error& error) {
    throw DamagedOriginal{error};
  }
  for (const Snapshot* member : chain) {
    const auto broken = broken_.find(member);
    if (broken != broken_.end()) throw DamagedOriginal{built_on(*member, broken->second)};
  }
  if (applied_.empty() || applied_.size() > chain.size() ||
      !std::equal(applied_.begin(), applied_.end(), chain.begin())) {
    begin_anew();
  }
  changed_.clear();
  came_from_.reset();
  if (!applied_.empty()) {
    came_from_ = manifest().database.page_root;
    changed_.resize(manifest().database.page_count + 1);
  }
  for (std::size_t i = applied_.size(); i < chain.size(); ++i) {
    try {
      const OpenedBackup opened = open_backup(view_.vault, view_.roots, *chain[i], key_);
      rebuild_->apply(opened.container, opened.dek.view(), opened.manifest);
      applied_.push_back(chain[i]);
      note_changes();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::wrong_key) throw;
      give_up(*chain[i], error);
      throw DamagedOriginal{chain[i] == &snapshot ? error : built_on(*chain[i], error)};
    }
  }
}

void ChainWalk::note_changes() {
  const std::vector<bool>& brought = rebuild_->brought();
  changed_.resize(brought.size());
  for (std::size_t page = 0; page < brought.size(); ++page) {
    if (brought[page]) changed_[page] = true;
  }
}

void ChainWalk::give_up(const Snapshot& snapshot, const Error& why) {
  broken_.emplace(&snapshot, why);
  applied_.clear();
}

std::uint32_t RebuiltContent::page_size() const { return walk_.manifest().database.page_size; }

std::uint32_t RebuiltContent::page_count() const {
  return static_cast<std::uint32_t>(walk_.manifest().database.page_count);
}

Manifest RebuiltContent::start_manifest() const {
  Manifest manifest = walk_.manifest();
  manifest.origin = original_.origin;
  manifest.records.clear();
  manifest.parent_page_root.reset();
  return manifest;
}

// But for the lock page, which no sink wants.
void RebuiltContent::read_run(std::uint32_t first, std::uint32_t count, PageSink& sink) const {
  const std::uint32_t size = page_size();
  const std::uint32_t batch_pages = kReadBytes / size;
  Bytes batch;
  for (std::uint32_t done = 0; done < count; done += batch_pages) {
    const std::uint32_t pages = std::min(batch_pages, count - done);
    const std::uint32_t at = first + done;
    batch.resize(std::size_t{pages} * size);
    read_pages(walk_.fd(), std::uint64_t{at - 1} * size, batch);
    for (std::uint32_t i = 0; i < pages; ++i) {
      if (at + i == lock_page(size)) continue;
      sink.page(at + i, ByteSpan(batch).subspan(std::size_t{i} * size, size));
    }
  }
}

void RebuiltContent::capture(PageSink& sink) {
  if (page_count() > 1) read_run(2, page_count() - 1, sink);
  read_run(1, 1, sink);
}

bool RebuiltContent::capture_changes(const SourceState& parent, IncrementCapture& capture) {
  const std::vector<bool>* changed = walk_.changed_since(parent.page_root);
  if (changed == nullptr) return false;
  const std::uint32_t count = page_count();
  for (std::uint64_t first = 2; first <= count;) {
    // No run goes over the lock page, which no hash row is told of.
    const std::uint32_t lock = lock_page(page_size());
    const bool is_changed = (*changed)[first];
    std::uint64_t end = first + 1;
    while (first != lock && end <= count && end != lock && (*changed)[end] == is_changed) ++end;
    const auto run = static_cast<std::uint32_t>(end - first);
    const auto at = static_cast<std::uint32_t>(first);
    if (is_changed) {
      read_run(at, run, capture);
    } else if (first != lock) {
      capture.unchanged(at, run);
    }
    first = end;
  }
  if ((*changed)[1]) {
    read_run(1, 1, capture);
  } else {
    capture.unchanged(1, 1);
  }
  return true;
}

ContentSummary RebuiltContent::summarize() {
  const Manifest& manifest = walk_.manifest();
  return {manifest.source.profile, manifest.source.schema_version, manifest.database.messages,
          manifest.database.first_message, manifest.database.last_message};
}

void RebuiltContent::check_root(const Bytes32& page_root) const {
  if (page_root == walk_.manifest().database.page_root) return;
  throw DamagedOriginal{Error(ErrorKind::corrupt,
                              container_object(original_.snapshot->backup().bid) +
                                  ": the rebuilt database differs from the one that was backed up "
                                  "(page root); run \"valise scrub\"")};
}

}  // namespace valise
