#include "ops/copy_walk.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "format/page_records.hpp"
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
  for (std::size_t i = applied_.size(); i < chain.size(); ++i) {
    try {
      const OpenedBackup opened = open_backup(view_.vault, view_.roots, *chain[i], key_);
      rebuild_->apply(opened.container, opened.dek.view(), opened.manifest);
      applied_.push_back(chain[i]);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::wrong_key) throw;
      give_up(*chain[i], error);
      throw DamagedOriginal{chain[i] == &snapshot ? error : built_on(*chain[i], error)};
    }
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

void RebuiltContent::capture(PageSink& sink) {
  const std::size_t size = page_size();
  const std::uint64_t count = page_count();
  const std::uint64_t batch_pages = kReadBytes / size;
  Bytes batch;
  for (std::uint64_t first = 2; first <= count; first += batch_pages) {
    const std::uint64_t pages = std::min(batch_pages, count - first + 1);
    batch.resize(static_cast<std::size_t>(pages) * size);
    read_pages(walk_.fd(), (first - 1) * size, batch);
    for (std::uint64_t i = 0; i < pages; ++i) {
      const auto number = static_cast<std::uint32_t>(first + i);
      if (number == lock_page(page_size())) continue;
      sink.page(number, ByteSpan(batch).subspan(static_cast<std::size_t>(i) * size, size));
    }
  }
  batch.resize(size);
  read_pages(walk_.fd(), 0, batch);
  sink.page(1, batch);
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
