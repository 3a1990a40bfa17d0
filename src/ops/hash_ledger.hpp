#pragma once

#include <optional>

#include "state/state.hpp"

namespace valise {

/// Keeps the hashes of tonight's pages: takes them in page order, page 1 last, and writes them to
/// the state row by row, so that memory is two rows whatever the database's size. Rows that are as
/// they were last night are left alone.
class HashLedger {
 public:
  /// Between state.begin() and state.commit(). `generation` is the bid of the container under way.
  HashLedger(State& state, const Bytes16& source, const Bytes16& generation,
             std::uint32_t page_size, std::uint32_t page_count);
  /// The hashes of `first` and the pages that follow it. The lock page's is filled in here.
  void add(std::uint32_t first, ByteSpan hashes);
  /// After all pages, page 1 too: writes the rest and returns the page root.
  [[nodiscard]] Bytes32 finish();

 private:
  void put(std::uint32_t page, ByteSpan hash);
  void store(std::uint32_t chunk, ByteSpan hashes);

  State& state_;
  Bytes16 source_;
  Bytes16 generation_;
  std::uint32_t page_size_;
  std::uint32_t page_count_;
  std::uint32_t next_page_ = 2;
  Bytes first_chunk_;
  Bytes chunk_;
};

}  // namespace valise
