#include "ops/run_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "vault/vault.hpp"

namespace valise {
namespace {

// A line each: "<time> ok|failed <count> <text>". Of verified snapshots the text is the id; of a
// source's attachments it is the source's. In the state folder itself stand those of places where
// no vault was found: the text begins with the place's hash.
constexpr const char* kBackupNotes = "notes.backup";
constexpr const char* kFileNotes = "notes.files";
constexpr const char* kPlaceNotes = "notes.places";
constexpr const char* kVerifyNotes = "notes.verify";
constexpr const char* kScrubNotes = "notes.scrub";
// Hashes of places, a line each, the last one met at the end.
constexpr const char* kMetNotes = "notes.met";
constexpr std::uint64_t kNotesBytesMax = 4 << 20;
constexpr std::size_t kNoteLinesMax = 20'000;
constexpr std::size_t kPlaceLinesMax = 100;
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

std::string place_key(const Places& places) {
  return hex(hash("VL1.state.place", {bytes_of(places.vault.string())}));
}

// Without links: however it is named, it is one place.
std::string met_key(const std::filesystem::path& place) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(place, error);
  return hex(hash("VL1.state.met", {bytes_of((error ? place : real).string())}));
}

std::vector<std::string> met_keys(const std::filesystem::path& file) {
  std::vector<std::string> keys;
  const std::optional<Bytes> bytes = read_file(file, kNotesBytesMax);
  if (!bytes) return keys;
  std::istringstream lines{std::string(text_of(*bytes))};
  for (std::string line; std::getline(lines, line) && keys.size() < kPlaceLinesMax;) {
    keys.push_back(line);
  }
  return keys;
}

/// The notes of a file, one for each text, with `fresh` in the place of those that had its text;
/// the newest first.
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

/// Takes the place's note away, and puts `note` in its stead where there is one.
void replace_place_note(const Places& places, const std::optional<RunNote>& note) {
  const std::filesystem::path file = places.state_dir / kPlaceNotes;
  const std::string key = place_key(places);
  std::vector<RunNote> notes = read_notes(file);
  const std::size_t others =
      std::erase_if(notes, [&](const RunNote& one) { return one.text.starts_with(key); });
  if (!note && others == 0) return;
  if (note) notes.push_back(*note);
  if (notes.size() > kPlaceLinesMax) notes.erase(notes.begin());
  std::string text;
  for (const RunNote& one : notes) text += note_line(one, one.text);
  put_notes(file, text);
}

/// Notes in a vault's folder of notes at which place it stood.
void note_place(const std::filesystem::path& folder, const std::filesystem::path& place) {
  const std::string key = met_key(place);
  std::vector<std::string> keys = met_keys(folder / kMetNotes);
  if (!keys.empty() && keys.back() == key) return;
  std::erase(keys, key);
  if (keys.size() >= kPlaceLinesMax) keys.erase(keys.begin());
  keys.push_back(key);
  std::string text;
  for (const std::string& one : keys) text += one + "\n";
  put_notes(folder / kMetNotes, text);
}

std::optional<RunNote> last_note(const std::filesystem::path& file) {
  std::vector<RunNote> notes = read_notes(file);
  if (notes.empty()) return std::nullopt;
  return std::move(notes.back());
}

}  // namespace

std::vector<Bytes16> vaults_backed_up_to(const Places& places, const std::filesystem::path& place) {
  std::vector<Bytes16> vaults;
  const std::string key = met_key(place);
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(places.state_dir, error)) {
    const auto id = from_hex(folder.path().filename().string());
    if (!id || id->size() != 16) continue;
    try {
      const std::vector<std::string> keys = met_keys(folder.path() / kMetNotes);
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
        vaults.push_back(array_of<16>(*id));
      }
    } catch (const Error&) {
      // Notes that cannot be read are none.
    }
  }
  std::sort(vaults.begin(), vaults.end());
  return vaults;
}

void note_backup(const Run& run, Storage& vault, const BackupReport& report) noexcept {
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    const bool ok = report.failures.empty() && !report.rolled_back;
    const std::string why = !report.failures.empty() ? report.failures.front().what()
                            : report.rolled_back     ? "the vault was rolled back"
                                                     : "";
    put_notes(folder / kBackupNotes,
              note_line({run.clock->now(), ok, report.sources.size(), {}}, why));
    replace_place_note(run.places, std::nullopt);
    note_place(folder, vault.describe());
    std::vector<RunNote> files;
    for (const BackupSummary& one : report.sources) {
      files.push_back({run.clock->now(), one.files.complete(),
                       one.files.unreadable + one.files.pack_lost, one.source_id});
    }
    if (!files.empty()) merge_notes(folder / kFileNotes, files);
  });
}

void note_failed_backup(const Run& run, const Error& error) noexcept {
  if (error.kind() == ErrorKind::locked || error.kind() == ErrorKind::cancelled ||
      error.kind() == ErrorKind::usage) {
    return;
  }
  const RunNote note{run.clock->now(), false, 0, error.what()};
  try {
    std::optional<LocalStorage> vault;
    try {
      vault.emplace(LocalStorage::open(run.places.vault));
      static_cast<void>(Vault::open(*vault));
    } catch (const Error&) {
      std::error_code ignored;
      if (!std::filesystem::is_directory(run.places.state_dir, ignored)) return;
      RunNote placed = note;
      placed.text = place_key(run.places) + ' ' + note.text;
      return replace_place_note(run.places, placed);
    }
    with_folder(run, *vault, [&](const std::filesystem::path& folder) {
      put_notes(folder / kBackupNotes, note_line(note, note.text));
      replace_place_note(run.places, std::nullopt);
    });
  } catch (const std::exception&) {
    // As in with_folder.
  }
}

void note_verify(const Run& run, Storage& vault, const VerifyReport& report) noexcept {
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    std::vector<RunNote> notes;
    for (const VerifiedSnapshot& one : report.snapshots) {
      notes.push_back({run.clock->now(), one.ok, 1, one.snapshot});
    }
    merge_notes(folder / kVerifyNotes, notes);
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

std::optional<RunNote> note_of_place(const Places& places) {
  try {
    const std::string key = place_key(places);
    for (RunNote& note : read_notes(places.state_dir / kPlaceNotes)) {
      if (!note.text.starts_with(key + ' ')) continue;
      note.text.erase(0, key.size() + 1);
      return std::move(note);
    }
  } catch (const Error&) {
    // Notes that cannot be read are none.
  }
  return std::nullopt;
}

RunNotes read_run_notes(const Places& places, const Bytes16& vault_id) {
  const std::filesystem::path folder = state_folder(places.state_dir, vault_id);
  RunNotes notes;
  try {
    notes.backup = last_note(folder / kBackupNotes);
    // A run that finds the vault takes this one away, so it is newer whatever the clocks said.
    if (std::optional<RunNote> absent = note_of_place(places)) notes.backup = std::move(absent);
    notes.scrub = last_note(folder / kScrubNotes);
    for (RunNote& note : read_notes(folder / kFileNotes)) {
      std::string source = note.text;
      notes.files.insert_or_assign(std::move(source), std::move(note));
    }
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
