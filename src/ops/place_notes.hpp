#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "valise/run.hpp"
#include "valise/status.hpp"

namespace valise {

// What this device remembers of the places where vaults stand (ops/run_notes.hpp).

/// Takes the place's note away, and puts one in its stead where `failed` is there: a run that found
/// no vault at this place. Throws Error(storage).
void replace_place_note(const Places& places, const std::optional<RunNote>& failed);
/// Of the last backup, where that found no vault at this place.
[[nodiscard]] std::optional<RunNote> note_of_place(const Places& places);

/// Notes in a vault's folder of notes at which place it stood. Throws Error(storage).
void note_place(const std::filesystem::path& folder, const std::filesystem::path& place);
/// Whether this device's last backup to a vault went to this place, as far as it was noted: a copy
/// of the vault's folder elsewhere has the same id. True where nothing was noted. Throws
/// Error(storage).
[[nodiscard]] bool is_last_place(const std::filesystem::path& folder,
                                 const std::filesystem::path& place);
/// The vaults that this device has backed up to at this place, by note_backup's notes; by id.
[[nodiscard]] std::vector<Bytes16> vaults_backed_up_to(const Places& places,
                                                       const std::filesystem::path& place);

}  // namespace valise
