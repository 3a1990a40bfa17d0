#include "ops/content_index.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "crypto/random.hpp"

namespace valise {
namespace {

constexpr std::size_t kSlotsFirst = 1024;
constexpr std::size_t kCachedChunks = 16;

}  // namespace

ContentIndex::ContentIndex(const State& state, const std::set<std::uint32_t>& usable_packs)
    : state_(state),
      usable_packs_(usable_packs),
      secret_(random_array<32>()),
      slots_(kSlotsFirst),
      chunks_{0} {}

Bytes16 ContentIndex::key_of(const Bytes32& content_hash) const {
  const Bytes32 keyed = keyed_hash("VL1.state.seen", secret_, {content_hash});
  return array_of<16>(ByteSpan(keyed).first(16));
}

// Where the key stands, or where it would.
std::size_t ContentIndex::slot_of(const Bytes16& key) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < 8; ++i) at = at << 8 | key[i];
  for (;; ++at) {
    at &= slots_.size() - 1;
    if (slots_[at].chunk == 0 || slots_[at].key == key) return at;
  }
}

// For the stretch under way, which is the last of chunks_. The mutex is held.
void ContentIndex::insert(const Bytes32& content_hash, const std::vector<CatalogPiece>& pieces) {
  if (pieces.size() > 1) {
    std::uint64_t size = 0;
    for (const CatalogPiece& piece : pieces) size += piece.plain_bytes;
    large_.insert(size);
  }
  if ((used_ + 1) * 3 > slots_.size() * 2) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.chunk != 0) slots_[slot_of(slot.key)] = slot;
    }
  }
  const Bytes16 key = key_of(content_hash);
  Slot& slot = slots_[slot_of(key)];
  if (slot.chunk != 0) return;
  slot = {key, static_cast<std::uint32_t>(chunks_.size())};
  ++used_;
}

bool ContentIndex::is_usable(const CatalogFile& file) const {
  return file.state == FileState::present && !file.pieces.empty() &&
         std::all_of(file.pieces.begin(), file.pieces.end(), [&](const CatalogPiece& piece) {
           const std::uint32_t number = pack_number(piece.pack);
           return usable_packs_.contains(number) || new_packs_.contains(number);
         });
}

void ContentIndex::read_state() {
  for (const std::int64_t chunk : state_.catalog_chunks()) {
    const std::vector<StoredFile> files = state_.catalog_files(chunk);
    const std::lock_guard lock(mutex_);
    for (const StoredFile& stored : files) {
      if (is_usable(stored.file)) {
        insert(stored.file.content_hash, stored.file.pieces);
      }
    }
    chunks_.back() = chunk;
    chunks_.push_back(0);
  }
}

bool ContentIndex::known(const Bytes32& content_hash) const {
  const std::lock_guard lock(mutex_);
  return slots_[slot_of(key_of(content_hash))].chunk != 0;
}

std::vector<CatalogPiece> ContentIndex::pieces(const Bytes32& content_hash) {
  std::uint32_t chunk = 0;
  {
    const std::lock_guard lock(mutex_);
    chunk = slots_[slot_of(key_of(content_hash))].chunk;
  }
  if (chunk == chunks_.size()) {
    for (const auto& [hash, pieces] : under_way_) {
      if (hash == content_hash) return pieces;
    }
  } else if (chunk != 0) {
    for (const StoredFile& stored : files_of(chunk - 1)) {
      if (stored.file.content_hash == content_hash && is_usable(stored.file)) {
        return stored.file.pieces;
      }
    }
  }
  throw StateError("the state has lost where an attachment's content stands");
}

const std::vector<StoredFile>& ContentIndex::files_of(std::uint32_t chunk) {
  const auto cached = std::find_if(cache_.begin(), cache_.end(),
                                   [&](const auto& each) { return each.first == chunk; });
  if (cached != cache_.end()) {
    cache_.splice(cache_.begin(), cache_, cached);
  } else {
    cache_.emplace_front(chunk, state_.catalog_files(chunks_[chunk]));
    if (cache_.size() > kCachedChunks) cache_.pop_back();
  }
  return cache_.front().second;
}

void ContentIndex::add(const Bytes32& content_hash, const std::vector<CatalogPiece>& pieces) {
  const std::lock_guard lock(mutex_);
  insert(content_hash, pieces);
  for (const CatalogPiece& piece : pieces) new_packs_.insert(pack_number(piece.pack));
  under_way_.emplace_back(content_hash, pieces);
}

void ContentIndex::closed(std::int64_t chunk) {
  if (under_way_.empty()) return;
  const std::lock_guard lock(mutex_);
  chunks_.back() = chunk;
  chunks_.push_back(0);
  under_way_.clear();
}

}  // namespace valise
