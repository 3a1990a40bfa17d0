#include "ops/note_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/files.hpp"

namespace valise {
namespace {

constexpr std::size_t kNoteLinesMax = 20'000;
constexpr unsigned kNotesMode = 0600;

}  // namespace

std::string note_line(const RunNote& note, std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return fmt::format("{} {} {} {}\n", note.time, note.ok ? "ok" : "failed", note.count, text);
}

std::vector<RunNote> read_notes(const std::filesystem::path& file) {
  std::vector<RunNote> notes;
  const std::optional<Bytes> bytes = read_file(file, kNotesBytesMax);
  if (!bytes) return notes;
  std::istringstream lines{std::string(text_of(*bytes))};
  for (std::string line; std::getline(lines, line) && notes.size() < kNoteLinesMax;) {
    std::istringstream words(line);
    RunNote note;
    std::string result;
    if (!(words >> note.time >> result >> note.count) || (result != "ok" && result != "failed")) {
      continue;
    }
    note.ok = result == "ok";
    std::getline(words >> std::ws, note.text);
    notes.push_back(std::move(note));
  }
  return notes;
}

std::optional<RunNote> last_note(const std::filesystem::path& file) {
  std::vector<RunNote> notes = read_notes(file);
  if (notes.empty()) return std::nullopt;
  return std::move(notes.back());
}

void put_notes(const std::filesystem::path& file, const std::string& text) {
  static_cast<void>(write_file(file, bytes_of(text), kNotesMode, Existing::replace));
}

void merge_notes(const std::filesystem::path& file, const std::vector<RunNote>& fresh) {
  std::map<std::string, RunNote> notes;
  for (RunNote& note : read_notes(file)) notes.insert_or_assign(note.text, note);
  for (const RunNote& note : fresh) notes.insert_or_assign(note.text, note);
  std::vector<RunNote> order;
  for (auto& [text, note] : notes) order.push_back(std::move(note));
  std::stable_sort(order.begin(), order.end(),
                   [](const RunNote& a, const RunNote& b) { return a.time > b.time; });
  if (order.size() > kNoteLinesMax) order.resize(kNoteLinesMax);
  std::string text;
  for (const RunNote& note : order) text += note_line(note, note.text);
  put_notes(file, text);
}

}  // namespace valise
