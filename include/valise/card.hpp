#pragma once

#include <filesystem>
#include <string>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

/// What an owner or an agent hands to others, in words.
struct CardView {
  std::string name;
  bool agent = false;
  std::string fingerprint;
  std::string text;  ///< 215 characters.
};

/// The card kept in `dir`, or in the file `dir` itself. Throws not_found, corrupt.
[[nodiscard]] CardView show_card(const std::filesystem::path& dir);

/// The card of the vault's owner, by what this device remembers of it. On a device that is not
/// enrolled it takes the owner's key, by `unlock`: a vault alone does not prove whose it is. Throws
/// not_found, wrong_key, corrupt, storage.
[[nodiscard]] CardView owner_card(const Run& run, const UnlockSource& unlock);

/// Writes a card's text to a new file, 0600 for an agent's, which holds a secret, and 0644 for an
/// owner's. Throws usage where the file exists, storage.
void write_card(const CardView& card, const std::filesystem::path& file);

}  // namespace valise
