#include "ops/hash_ledger.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "crypto/hash.hpp"

namespace valise {
namespace {

Bytes32 row_digest(ByteSpan hashes) { return hash("VL1.state.row", {hashes}); }

}  // namespace

HashLedger::HashLedger(State& state, const Bytes16& source, const Bytes16& generation,
                       std::uint32_t page_size, std::uint32_t page_count)
    : state_(state),
      source_(source),
      generation_(generation),
      page_size_(page_size),
      page_count_(page_count),
      stored_((page_count - 1) / kHashChunkPages + 1) {}

HashLedger::Chunk& HashLedger::chunk_at(std::uint32_t number) {
  const auto [found, fresh] = chunks_.try_emplace(number);
  Chunk& chunk = found->second;
  if (!fresh) return chunk;
  const std::uint32_t first = number * kHashChunkPages + 1;
  const std::uint32_t count = std::min(kHashChunkPages, page_count_ - first + 1);
  chunk.hashes.resize(std::size_t{count} * 32);
  chunk.missing = count;
  const std::uint32_t lock = lock_page(page_size_);
  if (lock >= first && lock - first < count) {
    const Bytes32 hash = page_hash(Bytes(page_size_));
    std::copy(hash.begin(), hash.end(), chunk.hashes.begin() + std::ptrdiff_t{32} * (lock - first));
    --chunk.missing;
  }
  return chunk;
}

void HashLedger::store(std::uint32_t number, ByteSpan hashes) {
  stored_[number] = row_digest(hashes);
  const std::optional<Bytes> before = state_.hashes(source_, number);
  if (before && std::equal(before->begin(), before->end(), hashes.begin(), hashes.end())) return;
  state_.put_hashes(source_, generation_, number, hashes);
}

void HashLedger::put(std::uint32_t page, ByteSpan hash) {
  const std::uint32_t number = (page - 1) / kHashChunkPages;
  Chunk& chunk = chunk_at(number);
  std::copy(hash.begin(), hash.end(),
            chunk.hashes.begin() + std::ptrdiff_t{32} * ((page - 1) % kHashChunkPages));
  if (--chunk.missing > 0) return;
  store(number, chunk.hashes);
  chunks_.erase(number);
}

void HashLedger::put_run(std::uint32_t first, ByteSpan hashes) {
  for (; !hashes.empty(); hashes = hashes.subspan(32)) put(first++, hashes.first(32));
}

Bytes32 HashLedger::finish() {
  const std::uint32_t last_chunk = (page_count_ - 1) / kHashChunkPages;
  // The lock page may stand alone in the last row.
  if (lock_page(page_size_) == page_count_ && chunk_at(last_chunk).missing == 0) {
    store(last_chunk, chunk_at(last_chunk).hashes);
    chunks_.erase(last_chunk);
  }
  if (!chunks_.empty()) throw Error(ErrorKind::internal, "a page of the capture was not hashed");
  PageRoot root(page_size_, page_count_);
  for (std::uint32_t number = 0; number <= last_chunk; ++number) {
    const std::optional<Bytes> hashes = state_.hashes(source_, number);
    // The root is signed: a row that the state kept from last night must not get into it.
    if (!hashes || row_digest(*hashes) != stored_[number]) {
      throw StateError("the hashes that were just written to the state read back differently");
    }
    root.add(*hashes);
  }
  return root.finish();
}

}  // namespace valise
