#include "ops/run_notes.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "ops/note_file.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "vault/vault.hpp"

namespace valise {
namespace {

// Files of notes. Of verified snapshots the text is the id; of a source's attachments it is the
// source's.
constexpr const char* kBackupNotes = "notes.backup";
constexpr const char* kFileNotes = "notes.files";
constexpr const char* kVerifyNotes = "notes.verify";
constexpr const char* kScrubNotes = "notes.scrub";

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

}  // namespace

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
      return replace_place_note(run.places, note);
    }
    with_folder(run, *vault, [&](const std::filesystem::path& folder) {
      put_notes(folder / kBackupNotes, note_line(note, note.text));
      replace_place_note(run.places, std::nullopt);
    });
  } catch (const std::exception&) {
    // As in with_folder.
  }
}

bool is_backed_up_to(const Run& run, Storage& vault) noexcept {
  bool is_here = true;
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    is_here = is_last_place(folder, vault.describe());
  });
  return is_here;
}

void note_verify(const Run& run, Storage& vault, const VerifyReport& report) noexcept {
  if (!is_backed_up_to(run, vault)) return;
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    std::vector<RunNote> notes;
    for (const VerifiedSnapshot& one : report.snapshots) {
      notes.push_back({run.clock->now(), one.ok, 1, one.snapshot});
    }
    merge_notes(folder / kVerifyNotes, notes);
  });
}

void note_scrub(const Run& run, Storage& vault, const ScrubReport& report) noexcept {
  if (!is_backed_up_to(run, vault)) return;
  with_folder(run, vault, [&](const std::filesystem::path& folder) {
    const RunNote note{run.clock->now(), report.errors == 0, report.objects, {}};
    put_notes(
        folder / kScrubNotes,
        note_line(note, report.errors == 0 ? std::string()
                                           : fmt::format("{} damaged or missing", report.errors)));
  });
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
