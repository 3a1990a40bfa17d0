#include "ops/hash_ledger.hpp"

#include <algorithm>
#include <cassert>

namespace valise {

HashLedger::HashLedger(State& state, const Bytes16& source, const Bytes16& generation,
                       std::uint32_t page_size, std::uint32_t page_count)
    : state_(state),
      source_(source),
      generation_(generation),
      page_size_(page_size),
      page_count_(page_count),
      first_chunk_(std::size_t{std::min(kHashChunkPages, page_count)} * 32) {}

void HashLedger::store(std::uint32_t chunk, ByteSpan hashes) {
  const std::optional<Bytes> before = state_.hashes(source_, chunk);
  if (before && std::equal(before->begin(), before->end(), hashes.begin(), hashes.end())) return;
  state_.put_hashes(source_, generation_, chunk, hashes);
}

void HashLedger::put(std::uint32_t page, ByteSpan hash) {
  const std::uint32_t index = page - 1;
  if (index < kHashChunkPages) {
    std::copy(hash.begin(), hash.end(), first_chunk_.begin() + std::ptrdiff_t{32} * index);
    return;
  }
  append(chunk_, hash);
  if (chunk_.size() == std::size_t{kHashChunkPages} * 32 || page == page_count_) {
    store(index / kHashChunkPages, chunk_);
    chunk_.clear();
  }
}

void HashLedger::add(std::uint32_t first, ByteSpan hashes) {
  if (first == 1) {
    put(1, hashes.first(32));
    return;
  }
  while (!hashes.empty()) {
    if (next_page_ == lock_page(page_size_)) {
      put(next_page_++, page_hash(Bytes(page_size_)));
      continue;
    }
    put(next_page_++, hashes.first(32));
    hashes = hashes.subspan(32);
  }
}

Bytes32 HashLedger::finish() {
  // The lock page may be the last.
  if (next_page_ <= page_count_ && next_page_ == lock_page(page_size_)) {
    put(next_page_++, page_hash(Bytes(page_size_)));
  }
  assert(next_page_ == page_count_ + 1 || page_count_ == 1);
  store(0, first_chunk_);
  PageRoot root(page_size_, page_count_);
  for (std::uint32_t chunk = 0; chunk <= (page_count_ - 1) / kHashChunkPages; ++chunk) {
    const std::optional<Bytes> hashes = state_.hashes(source_, chunk);
    if (!hashes) throw StateError("the hashes that were just written cannot be read");
    root.add(*hashes);
  }
  return root.finish();
}

}  // namespace valise
