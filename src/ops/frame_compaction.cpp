#include "ops/frame_compaction.hpp"

#include <map>

#include "ops/old_pages.hpp"
#include "ops/page_groups.hpp"

namespace valise {
namespace {

// A night must not take long because of the nights before it.
constexpr std::size_t kCompactedBytesMax = std::size_t{4} << 20;

}  // namespace

void compact_frames(State& state, const Bytes16& source, std::uint32_t page_size,
                    std::uint32_t page_count, const Bytes16& generation,
                    std::uint64_t& next_frame) {
  std::map<std::uint32_t, Bytes> pages;
  state.find_sparse_frames(source, page_count, [&](const FrameAt& frame, const PageList& live) {
    const std::optional<FramePages> opened =
        open_frame_pages(state, frame, state.read_frame(source, frame), page_size);
    if (!opened) return true;
    for (const std::uint32_t page : live) {
      const std::optional<ByteSpan> bytes = opened->find(page, page_size);
      if (bytes) pages.emplace(page, Bytes(bytes->begin(), bytes->end()));
    }
    return pages.size() * page_size < kCompactedBytesMax;
  });
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
