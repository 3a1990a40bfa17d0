#pragma once

#include "state/state.hpp"

namespace valise {

/// Stores the pages of sparse frames once more, together with tonight's, so that those frames are
/// dropped and their room is used again; else the state would grow by every night's pages for ever.
/// As many frames as hold 4 MiB of such pages at most, the newest first. Between state.begin() and
/// state.commit(), after tonight's frames; `next_frame` is the number that the next frame gets.
/// A frame that does not open stays as it is.
void compact_frames(State& state, const Bytes16& source, std::uint32_t page_size,
                    std::uint32_t page_count, const Bytes16& generation, std::uint64_t& next_frame);

}  // namespace valise
