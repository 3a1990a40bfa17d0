#pragma once

#include "state/state.hpp"
#include "valise/run.hpp"

namespace valise {

/// Stores the pages of sparse frames once more, together with tonight's, so that those frames are
/// dropped and their room is used again; else the state would grow by every night's pages for ever.
/// About as many pages as the night changed, `changed_pages`, and 4 MiB at least, of the sparsest
/// frames. Between state.begin() and state.commit(), after tonight's frames; `next_frame` is the
/// number that the next frame gets. A frame that does not open stays as it is. Throws
/// Error(cancelled).
void compact_frames(State& state, const Run& run, const Bytes16& source, std::uint32_t page_size,
                    std::uint32_t page_count, std::uint64_t changed_pages,
                    const Bytes16& generation, std::uint64_t& next_frame);

}  // namespace valise
