#include "ops/place_notes.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "ops/note_file.hpp"

namespace valise {
namespace {

// In the state folder itself: the text begins with the place's hash.
constexpr const char* kPlaceNotes = "notes.places";
// Hashes of places, a line each, the last one met at the end.
constexpr const char* kMetNotes = "notes.met";
constexpr std::size_t kPlaceLinesMax = 100;

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

}  // namespace

void replace_place_note(const Places& places, const std::optional<RunNote>& failed) {
  const std::filesystem::path file = places.state_dir / kPlaceNotes;
  const std::string key = place_key(places);
  std::vector<RunNote> notes = read_notes(file);
  const std::size_t others =
      std::erase_if(notes, [&](const RunNote& one) { return one.text.starts_with(key); });
  if (!failed && others == 0) return;
  if (failed) {
    notes.push_back(*failed);
    notes.back().text = key + ' ' + failed->text;
  }
  if (notes.size() > kPlaceLinesMax) notes.erase(notes.begin());
  std::string text;
  for (const RunNote& one : notes) text += note_line(one, one.text);
  put_notes(file, text);
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

bool is_last_place(const std::filesystem::path& folder, const std::filesystem::path& place) {
  const std::vector<std::string> keys = met_keys(folder / kMetNotes);
  return keys.empty() || keys.back() == met_key(place);
}

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

}  // namespace valise
