#pragma once

#include <optional>
#include <string>

#include "base/ordered_pipeline.hpp"
#include "ops/hash_ledger.hpp"
#include "ops/old_pages.hpp"
#include "source/live_database.hpp"
#include "state/state.hpp"
#include "vault/container_writer.hpp"

namespace valise {

/// Thrown out of an increment under way when it turns out that only a full will do. Caught in
/// write_snapshot; no other exception of the library leaves by it.
struct NeedsFull {
  std::string why;
};

/// Turns a capture into an increment's records: pages whose hash differs from last night's are
/// gathered, and each gathering is compressed with last night's bytes of the same pages as prefix.
/// Not thread-safe.
class IncrementCapture final : public PageSink {
 public:
  /// Between state.begin() and state.commit(); all arguments outlive the capture. `parent` is the
  /// state as of last night. With `writer` null nothing is written: only the changed pages are
  /// counted (a dry run), and finish() is not called.
  IncrementCapture(const Run& run, ContainerWriter* writer, State& state, const SourceState& parent,
                   std::uint32_t page_size, std::uint32_t page_count);
  /// Throws NeedsFull when more than half of the pages have changed or last night's pages or hashes
  /// are not at hand.
  void page(std::uint32_t number, ByteSpan bytes) override;
  /// In the place of page(), for `count` pages from `first` on that are known to be as they were in
  /// the parent. What is known wrongly shows in the page root.
  void unchanged(std::uint32_t first, std::uint32_t count);
  /// After the last page, if nothing is to be written: what page() still holds back.
  void count_rest();
  /// After the last page. Returns the page root.
  [[nodiscard]] Bytes32 finish();
  [[nodiscard]] std::uint64_t changed() const noexcept { return changed_; }

 private:
  struct Compared {
    std::uint32_t first = 0;
    Bytes content;
    Bytes hashes;
    Bytes old_hashes;                    // Of those that existed last night.
    std::vector<std::uint32_t> changed;  // Indexes into the batch.
  };
  struct Sealed {
    std::uint32_t plain_bytes = 0;
    Bytes record;
    std::vector<std::pair<PageList, Bytes>> frames;
    std::vector<std::uint32_t> frame_plain_bytes;
  };
  void check_old_root();
  void flush_batch();
  [[nodiscard]] Bytes old_hashes(std::uint32_t first, std::size_t count);
  void take(const Compared& compared);
  void flush_gathering();
  [[nodiscard]] Sealed seal_gathering(std::uint64_t index, OldPages gathering);
  void store(Sealed sealed);

  const Run& run_;
  ContainerWriter* writer_;
  State& state_;
  SourceState parent_;
  std::uint32_t page_size_;
  std::uint32_t page_count_;
  WorkerPool pool_;
  std::optional<HashLedger> ledger_;
  std::uint32_t old_chunk_ = 0;
  Bytes old_chunk_hashes_;
  Bytes old_first_chunk_;
  std::uint64_t changed_ = 0;
  std::uint32_t batch_first_ = 0;
  std::uint32_t batch_next_ = 0;
  Bytes batch_;
  std::uint64_t done_bytes_ = 0;
  OldPages gathering_;
  std::uint64_t next_record_ = 0;
  std::uint64_t next_frame_ = 0;
  // Last, so that they end first: their steps use what stands above.
  OrderedPipeline<Compared> comparing_;
  OrderedPipeline<Sealed> sealing_;
};

}  // namespace valise
