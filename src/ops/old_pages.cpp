#include "ops/old_pages.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace valise {
namespace {

constexpr std::size_t kFramesUnderWay = 8;

struct FrameUse {
  FrameAt frame;
  PageList pages;
};

// Decompresses one frame and copies the wanted pages to their places.
bool copy_pages(const State& state, const SourceState& parent, const FrameUse& use, ByteSpan sealed,
                OldPages& gathering) {
  const std::size_t page_size = parent.page_size;
  const std::optional<FramePages> opened =
      open_frame_pages(state, use.frame, sealed, parent.page_size);
  if (!opened) return false;
  for (const std::uint32_t page : use.pages) {
    const std::optional<ByteSpan> bytes = opened->find(page, parent.page_size);
    if (!bytes) return false;
    const auto to = static_cast<std::size_t>(
        std::lower_bound(gathering.old_pages.begin(), gathering.old_pages.end(), page) -
        gathering.old_pages.begin());
    const Bytes32 hash = page_hash(*bytes);
    if (!std::equal(hash.begin(), hash.end(),
                    gathering.old_hashes.begin() + static_cast<std::ptrdiff_t>(to * 32))) {
      return false;
    }
    std::copy(bytes->begin(), bytes->end(),
              gathering.old_content.begin() + static_cast<std::ptrdiff_t>(to * page_size));
  }
  return true;
}

}  // namespace

std::optional<ByteSpan> FramePages::find(std::uint32_t page, std::uint32_t page_size) const {
  const auto found = std::lower_bound(pages.begin(), pages.end(), page);
  if (found == pages.end() || *found != page) return std::nullopt;
  const auto index = static_cast<std::size_t>(found - pages.begin());
  return ByteSpan(content).subspan(index * page_size, page_size);
}

std::optional<FramePages> open_frame_pages(const State& state, const FrameAt& frame,
                                           ByteSpan sealed, std::uint32_t page_size) {
  const std::optional<Bytes> payload = state.open_frame(frame, sealed);
  if (!payload || frame.plain_bytes > kRecordPlainBytesMax) return std::nullopt;
  try {
    PageRecord record =
        parse_page_record(*payload, page_size, 0xfffffffeU, frame.plain_bytes, "the state");
    FramePages opened{std::move(record.pages), Bytes(frame.plain_bytes)};
    FrameDecompressor().run(record.frame, {}, opened.content, "the state");
    return opened;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool fetch_old_pages(const State& state, const SourceState& parent, WorkerPool& pool,
                     OldPages& gathering) {
  gathering.old_content.resize(gathering.old_pages.size() * parent.page_size);
  std::vector<FrameUse> uses;
  if (!state.find_frames(parent.source, gathering.old_pages,
                         [&](const FrameAt& frame, PageList pages) {
                           uses.push_back({frame, std::move(pages)});
                         })) {
    return false;
  }
  // In the order in which they stand in the file.
  std::sort(uses.begin(), uses.end(),
            [](const FrameUse& a, const FrameUse& b) { return a.frame.offset < b.frame.offset; });
  bool all = true;
  OrderedPipeline<bool> pipeline(pool, kFramesUnderWay, [&](bool copied) { all = all && copied; });
  for (const FrameUse& use : uses) {
    pipeline.submit([&state, &parent, &use, &gathering,
                     sealed = state.read_frame(parent.source, use.frame)](std::size_t) {
      return copy_pages(state, parent, use, sealed, gathering);
    });
  }
  pipeline.drain();
  return all;
}

}  // namespace valise
