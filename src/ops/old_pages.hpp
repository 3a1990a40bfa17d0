#pragma once

#include "base/bytes.hpp"
#include "base/ordered_pipeline.hpp"
#include "format/page_records.hpp"
#include "state/state.hpp"

namespace valise {

/// Changed pages gathered for one delta record, with what is needed to fetch their old bytes.
struct OldPages {
  PageList pages;      ///< Ascending.
  Bytes content;       ///< Tonight's bytes, in the order of the list.
  PageList old_pages;  ///< Those of the list that existed last night.
  Bytes old_hashes;    ///< 32 bytes for each of old_pages.
  Bytes old_content;   ///< Filled by fetch_old_pages.
};

/// The pages of a frame of the state.
struct FramePages {
  PageList pages;
  Bytes content;  ///< Theirs, in the order of the list.

  /// Where `page` stands in `content`; nothing when it is not in the frame.
  [[nodiscard]] std::optional<ByteSpan> find(std::uint32_t page, std::uint32_t page_size) const;
};

/// Nothing when the frame does not open or is not what the state says. Thread-safe.
[[nodiscard]] std::optional<FramePages> open_frame_pages(const State& state, const FrameAt& frame,
                                                         ByteSpan sealed, std::uint32_t page_size);

/// Fills `gathering.old_content` from the state, on all workers. False when a page is not at hand,
/// does not open, or is not the page that last night's hash names: then no delta may be made.
[[nodiscard]] bool fetch_old_pages(const State& state, const SourceState& parent, WorkerPool& pool,
                                   OldPages& gathering);

}  // namespace valise
