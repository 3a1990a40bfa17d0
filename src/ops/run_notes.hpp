#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "ops/place_notes.hpp"
#include "storage/storage.hpp"
#include "valise/backup.hpp"
#include "valise/scrub.hpp"
#include "valise/status.hpp"
#include "valise/verify.hpp"

namespace valise {

// What this device remembers of its runs, for `status`: small text files in its state folder of the
// vault. They are notes and no proof; a device without a state keeps none, and where the folder
// cannot be written nothing is noted and nothing fails. None of these throws.

void note_backup(const Run& run, Storage& vault, const BackupReport& report) noexcept;
/// One that ended with an error; not one that found the lock taken, was interrupted or was asked
/// for what makes no sense. Where no vault can be opened (its drive is not there) nobody knows the
/// vault's folder: then it is noted by the vault's place, until a run finds the vault again. A
/// device that keeps no state yet notes nothing.
void note_failed_backup(const Run& run, const Error& error) noexcept;
/// Whether this is where the last backup of this device to the vault went, as far as is known: what
/// a scrub or verify of a copy of the vault's folder finds says nothing of the original.
[[nodiscard]] bool is_backed_up_to(const Run& run, Storage& vault) noexcept;
/// This and note_scrub note nothing where is_backed_up_to is false.
void note_verify(const Run& run, Storage& vault, const VerifyReport& report) noexcept;
void note_scrub(const Run& run, Storage& vault, const ScrubReport& report) noexcept;

struct RunNotes {
  std::optional<RunNote> backup;         ///< The last one, whether it found the vault or not.
  std::map<std::string, RunNote> files;  ///< Attachments not taken, by source id; of its last run.
  std::optional<RunNote> scrub;
  std::map<std::string, RunNote> verified;  ///< By snapshot id.
};
/// What is not a note is passed over.
[[nodiscard]] RunNotes read_run_notes(const Places& places, const Bytes16& vault_id);

}  // namespace valise
