#include "ops/run_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "state/state.hpp"
#include "vault/vault.hpp"

namespace valise {
namespace {

// A line each: "<time> ok|failed <count> <text>". Of verified snapshots the text is the id.
constexpr const char* kBackupNotes = "notes.backup";
constexpr const char* kVerifyNotes = "notes.verify";
constexpr const char* kScrubNotes = "notes.scrub";
constexpr std::uint64_t kNotesBytesMax = 4 << 20;
constexpr std::size_t kNoteLinesMax = 20'000;
constexpr unsigned kNotesMode = 0600;

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

/// Hands on the folder of the vault's notes, if this device has one, and swallows what goes wrong:
/// the work itself is done.
template <typename Work>
void with_folder(const Run& run, Storage& vault, Work work) noexcept {
  try {
    const std::filesystem::path folder =
        state_folder(run.places.state_dir, Vault::open(vault).id());
    std::error_code error;
    if (std::filesystem::is_directory(folder, error)) work(folder);
  } catch (const std::exception&) {
    // Told by nobody: status says when it last knew.
  }
}

void put_notes(const std::filesystem::path& file, const std::string& text) {
  static_cast<void>(write_file(file, bytes_of(text), kNotesMode, Existing::replace));
}

std::optional<RunNote> last_note(const std::filesystem::path& file) {
  std::vector<RunNote> notes = read_notes(file);
  if (notes.empty()) return std::nullopt;
  return std::move(notes.back());
}

}  // namespace

void note_backup(const Run& run, Storage& vault, const BackupReport& report) noexcept {
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    const bool ok = report.failures.empty() && !report.rolled_back;
    const std::string why = !report.failures.empty() ? report.failures.front().what()
                            : report.rolled_back     ? "the vault was rolled back"
                                                     : "";
    put_notes(folder / kBackupNotes,
              note_line({run.clock->now(), ok, report.sources.size(), {}}, why));
  });
}

void note_failed_backup(const Run& run, Storage& vault, const Error& error) noexcept {
  if (error.kind() == ErrorKind::locked || error.kind() == ErrorKind::cancelled ||
      error.kind() == ErrorKind::usage) {
    return;
  }
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    put_notes(folder / kBackupNotes, note_line({run.clock->now(), false, 0, {}}, error.what()));
  });
}

void note_verify(const Run& run, Storage& vault, const VerifyReport& report) noexcept {
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    std::map<std::string, RunNote> notes;
    std::vector<RunNote> old = read_notes(folder / kVerifyNotes);
    for (RunNote& note : old) notes.insert_or_assign(note.text, note);
    for (const VerifiedSnapshot& one : report.snapshots) {
      notes.insert_or_assign(one.snapshot, RunNote{run.clock->now(), one.ok, 1, one.snapshot});
    }
    std::vector<RunNote> order;
    for (auto& [snapshot, note] : notes) order.push_back(std::move(note));
    std::stable_sort(order.begin(), order.end(),
                     [](const RunNote& a, const RunNote& b) { return a.time > b.time; });
    if (order.size() > kNoteLinesMax) order.resize(kNoteLinesMax);
    std::string text;
    for (const RunNote& note : order) text += note_line(note, note.text);
    put_notes(folder / kVerifyNotes, text);
  });
}

void note_scrub(const Run& run, Storage& vault, const ScrubReport& report) noexcept {
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    const RunNote note{run.clock->now(), report.errors == 0, report.objects, {}};
    put_notes(
        folder / kScrubNotes,
        note_line(note, report.errors == 0 ? std::string()
                                           : fmt::format("{} damaged or missing", report.errors)));
  });
}

RunNotes read_run_notes(const std::filesystem::path& state_dir, const Bytes16& vault_id) {
  const std::filesystem::path folder = state_folder(state_dir, vault_id);
  RunNotes notes;
  try {
    notes.backup = last_note(folder / kBackupNotes);
    notes.scrub = last_note(folder / kScrubNotes);
    for (RunNote& note : read_notes(folder / kVerifyNotes)) {
      std::string snapshot = note.text;
      notes.verified.insert_or_assign(std::move(snapshot), std::move(note));
    }
  } catch (const Error&) {
    // Notes that cannot be read are none.
  }
  return notes;
}

}  // namespace valise
