#pragma once

#include <map>
#include <optional>
#include <string>

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
/// for what makes no sense.
void note_failed_backup(const Run& run, Storage& vault, const Error& error) noexcept;
void note_verify(const Run& run, Storage& vault, const VerifyReport& report) noexcept;
void note_scrub(const Run& run, Storage& vault, const ScrubReport& report) noexcept;

struct RunNotes {
  std::optional<RunNote> backup;
  std::optional<RunNote> scrub;
  std::map<std::string, RunNote> verified;  ///< By snapshot id.
};
/// What is not a note is passed over.
[[nodiscard]] RunNotes read_run_notes(const std::filesystem::path& state_dir,
                                      const Bytes16& vault_id);

}  // namespace valise
