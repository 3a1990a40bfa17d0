#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/status.hpp"

namespace valise {

// Files of notes (ops/run_notes.hpp), a line each: "<time> ok|failed <count> <text>". Throws
// Error(storage) where a file cannot be read or written.

inline constexpr std::uint64_t kNotesBytesMax = 4 << 20;

/// The line with `text` as its text, in one line whatever is in it.
[[nodiscard]] std::string note_line(const RunNote& note, std::string text);
/// All lines that are notes; none where there is no file.
[[nodiscard]] std::vector<RunNote> read_notes(const std::filesystem::path& file);
[[nodiscard]] std::optional<RunNote> last_note(const std::filesystem::path& file);
/// Puts `text` in the place of the whole file.
void put_notes(const std::filesystem::path& file, const std::string& text);
/// The notes of a file, one for each text, with `fresh` in the place of those that had its text;
/// the newest first.
void merge_notes(const std::filesystem::path& file, const std::vector<RunNote>& fresh);

}  // namespace valise
