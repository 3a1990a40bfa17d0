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
  const std::optional<Bytes> payload = state.open_frame(use.frame, sealed);
  if (!payload || use.frame.plain_bytes > kRecordPlainBytesMax) return false;
  const std::size_t page_size = parent.page_size;
  try {
    const PageRecord record = parse_page_record(*payload, parent.page_size, 0xfffffffeU,
                                                use.frame.plain_bytes, "the state");
    Bytes content(use.frame.plain_bytes);
    PageDecompressor().run(record.frame, {}, content, "the state");
    for (const std::uint32_t page : use.pages) {
      const auto in_frame = std::lower_bound(record.pages.begin(), record.pages.end(), page);
      if (in_frame == record.pages.end() || *in_frame != page) return false;
      const auto from = static_cast<std::size_t>(in_frame - record.pages.begin());
      const ByteSpan bytes = ByteSpan(content).subspan(from * page_size, page_size);
      const auto to = static_cast<std::size_t>(
          std::lower_bound(gathering.old_pages.begin(), gathering.old_pages.end(), page) -
          gathering.old_pages.begin());
      const Bytes32 hash = page_hash(bytes);
      if (!std::equal(hash.begin(), hash.end(),
                      gathering.old_hashes.begin() + static_cast<std::ptrdiff_t>(to * 32))) {
        return false;
      }
      std::copy(bytes.begin(), bytes.end(),
                gathering.old_content.begin() + static_cast<std::ptrdiff_t>(to * page_size));
    }
  } catch (const Error&) {
    return false;
  }
  return true;
}

}  // namespace

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
