#pragma once

#include "base/ordered_pipeline.hpp"
#include "ops/hash_ledger.hpp"
#include "ops/page_groups.hpp"
#include "source/live_database.hpp"
#include "state/state.hpp"
#include "vault/container_writer.hpp"

namespace valise {

/// Turns a capture into a full's records: groups go to the workers, which hash, compress once and
/// seal twice, for the vault and for the state. Not thread-safe.
class FullCapture final : public PageSink {
 public:
  /// Between state.begin_anew() and state.commit(); all arguments outlive the capture.
  FullCapture(const Run& run, ContainerWriter& writer, State& state, const Bytes16& source,
              std::uint32_t page_size, std::uint32_t page_count);
  void page(std::uint32_t number, ByteSpan bytes) override;
  /// After the last page. Returns the page root.
  [[nodiscard]] Bytes32 finish();

 private:
  struct Sealed {
    PageList pages;
    std::uint32_t plain_bytes = 0;
    Bytes hashes;
    Bytes record;
    Bytes frame;
  };
  void compress(PageList pages, Bytes content);
  void store(Sealed sealed);

  const Run& run_;
  ContainerWriter& writer_;
  State& state_;
  Bytes16 source_;
  std::uint32_t page_size_;
  std::uint64_t total_bytes_;
  WorkerPool pool_;
  std::vector<PageCompressor> compressors_;  // One for each worker.
  HashLedger ledger_;
  PageGroups groups_;
  std::uint64_t next_record_ = 0;
  std::uint64_t done_bytes_ = 0;
  // Last, so that it ends first: its steps use what stands above.
  OrderedPipeline<Sealed> sealing_;
};

/// The hashes of pages that stand one after the other in `content`.
[[nodiscard]] Bytes page_hashes(ByteSpan content, std::uint32_t page_size);

}  // namespace valise
