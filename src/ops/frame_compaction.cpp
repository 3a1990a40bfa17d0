#include "ops/frame_compaction.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "ops/page_groups.hpp"

namespace valise {
namespace {

// A night must not take long because of the nights before it.
constexpr std::size_t kCompactedBytesMax = std::size_t{4} << 20;

using Pages = std::map<std::uint32_t, Bytes>;

// Adds the pages `live` of a frame. False when it does not open.
bool take_pages(const State& state, const Bytes16& source, std::uint32_t page_size,
                const FrameAt& frame, const PageList& live, Pages& pages) {
  const std::optional<Bytes> payload = state.open_frame(frame, state.read_frame(source, frame));
  if (!payload || frame.plain_bytes > kRecordPlainBytesMax) return false;
  try {
    const PageRecord record =
        parse_page_record(*payload, page_size, 0xfffffffeU, frame.plain_bytes, "the state");
    Bytes content(frame.plain_bytes);
    PageDecompressor().run(record.frame, {}, content, "the state");
    for (const std::uint32_t page : live) {
      const auto found = std::lower_bound(record.pages.begin(), record.pages.end(), page);
      if (found == record.pages.end() || *found != page) return false;
      const auto at = static_cast<std::size_t>(found - record.pages.begin()) * page_size;
      const ByteSpan bytes = ByteSpan(content).subspan(at, page_size);
      pages.emplace(page, Bytes(bytes.begin(), bytes.end()));
    }
  } catch (const Error&) {
    return false;
  }
  return true;
}

}  // namespace

void compact_frames(State& state, const Bytes16& source, std::uint32_t page_size,
                    std::uint32_t page_count, const Bytes16& generation,
                    std::uint64_t& next_frame) {
  Pages pages;
  state.find_sparse_frames(source, page_count, [&](const FrameAt& frame, const PageList& live) {
    Pages of_frame;
    if (take_pages(state, source, page_size, frame, live, of_frame)) pages.merge(of_frame);
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
