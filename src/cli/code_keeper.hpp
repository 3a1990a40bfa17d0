#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/terminal.hpp"
#include "valise/secret.hpp"

namespace valise::cli {

/// What a recovery code is for.
struct CodePurpose {
  std::string what;            ///< What it opens: "the vault /mnt/usb/vault".
  bool agent = false;          ///< It is an agent's, not an owner's.
  bool has_passphrase = true;  ///< There is a passphrase besides.
  /// A vault that is about to be made: the code may not be written there either.
  std::optional<std::filesystem::path> unmade_vault = std::nullopt;
};

/// Hands a new recovery code to the person before anything depends on it: into a new file, or onto
/// the terminal with what to do with it.
class CodeKeeper {
 public:
  /// Throws Error(usage) at once when the file exists already or would lie in a vault, or when
  /// there is neither a file nor a terminal.
  CodeKeeper(const std::optional<std::string>& file, CodePurpose purpose);

  /// The file, mode 0600, is on disk when this returns; at the terminal the person has pressed
  /// Enter. Throws Error(storage), Error(cancelled).
  void keep(const Secret& code);
  [[nodiscard]] const std::optional<std::filesystem::path>& file() const noexcept { return file_; }
  /// One sentence for an error that comes after keep(); empty if there is nothing to say.
  [[nodiscard]] std::string leftover() const;

 private:
  std::optional<std::filesystem::path> file_;
  std::optional<Terminal> terminal_;
  CodePurpose purpose_;
  bool written_ = false;
};

}  // namespace valise::cli
