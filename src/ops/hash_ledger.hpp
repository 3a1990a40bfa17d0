#pragma once

#include <map>
#include <vector>

#include "state/state.hpp"

namespace valise {

/// Keeps the hashes of tonight's pages in the state, in rows of kHashChunkPages. They may come in
/// any order; a row is written as soon as it is whole, so that memory is that of the rows under
/// way: a full's groups hold back at most a few hundred pages, an increment's come in order but for
/// page
/// 1. Rows that are as they were last night are left alone.
class HashLedger {
 public:
  /// Between state.begin() and state.commit(). `generation` is the bid of the container under way.
  HashLedger(State& state, const Bytes16& source, const Bytes16& generation,
             std::uint32_t page_size, std::uint32_t page_count);
  /// Each page once; never the lock page, whose hash is known.
  void put(std::uint32_t page, ByteSpan hash);
  /// The hashes of pages that follow one another from `first` on.
  void put_run(std::uint32_t first, ByteSpan hashes);
  /// After all pages: returns the page root.
  [[nodiscard]] Bytes32 finish();

 private:
  struct Chunk {
    Bytes hashes;
    std::uint32_t missing = 0;
  };
  Chunk& chunk_at(std::uint32_t number);
  void store(std::uint32_t number, ByteSpan hashes);

  State& state_;
  Bytes16 source_;
  Bytes16 generation_;
  std::uint32_t page_size_;
  std::uint32_t page_count_;
  std::map<std::uint32_t, Chunk> chunks_;
  // A digest of each row, 32 bytes for 512 pages: what is read back for the root must be it.
  std::vector<Bytes32> stored_;
};

}  // namespace valise
