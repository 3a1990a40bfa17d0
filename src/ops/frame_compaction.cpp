#include "ops/frame_compaction.hpp"

#include <algorithm>
#include <map>

#include "ops/old_pages.hpp"
#include "ops/page_groups.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kCompactedBytesMin = std::uint64_t{4} << 20;
// In memory at once; and what a night opens at most, so that it does not take long because of the
// nights before it.
constexpr std::uint64_t kCompactedBytesMax = std::uint64_t{24} << 20;
constexpr std::size_t kFramesMax = 1024;

struct SparseFrame {
  FrameAt frame;
  PageList live;
};

std::vector<SparseFrame> sparsest_frames(const State& state, const Bytes16& source,
                                         std::uint32_t page_count) {
  std::vector<SparseFrame> sparse;
  state.find_sparse_frames(source, page_count, [&](const FrameAt& frame, PageList live) {
    sparse.push_back({frame, std::move(live)});
  });
  std::stable_sort(sparse.begin(), sparse.end(), [](const SparseFrame& a, const SparseFrame& b) {
    return a.live.size() * b.frame.plain_bytes < b.live.size() * a.frame.plain_bytes;
  });
  if (sparse.size() > kFramesMax) sparse.resize(kFramesMax);
  return sparse;
}

}  // namespace

void compact_frames(State& state, const Run& run, const Bytes16& source, std::uint32_t page_size,
                    std::uint32_t page_count, std::uint64_t changed_pages,
                    const Bytes16& generation, std::uint64_t& next_frame) {
  const std::uint64_t bytes_max =
      std::clamp(changed_pages * page_size, kCompactedBytesMin, kCompactedBytesMax);
  std::map<std::uint32_t, Bytes> pages;
  for (const SparseFrame& sparse : sparsest_frames(state, source, page_count)) {
    if (pages.size() * page_size >= bytes_max) break;
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    const std::optional<FramePages> opened =
        open_frame_pages(state, sparse.frame, state.read_frame(source, sparse.frame), page_size);
    if (!opened) continue;
    for (const std::uint32_t page : sparse.live) {
      const std::optional<ByteSpan> bytes = opened->find(page, page_size);
      if (bytes) pages.emplace(page, Bytes(bytes->begin(), bytes->end()));
    }
  }
  PageCompressor compressor;
  PageGroups groups(page_size, [&](const PageList& list, const Bytes& content) {
    const FrameAt at{.generation = generation,
                     .number = next_frame++,
                     .plain_bytes = static_cast<std::uint32_t>(content.size())};
    state.put_frame(source, at, list,
                    state.seal_frame(at.generation, at.number, compressor.full(list, content)));
  });
  for (const auto& [number, bytes] : pages) groups.add(number, bytes);
  groups.finish();
}

}  // namespace valise
