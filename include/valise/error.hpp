#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace valise {

/// What went wrong, as a number that is also the exit code of the command line and the field
/// `code` of its JSON output. Never renumbered: scripts depend on it.
enum class ErrorKind : int {
  internal = 1,    ///< A defect of this program.
  usage = 2,       ///< The request makes no sense as given.
  partial = 3,     ///< Reported only, never thrown: done, but some source files were unreadable.
  not_found = 10,  ///< No such vault, snapshot or object.
  locked = 11,     ///< Another run holds the lock.
  wrong_key = 12,  ///< Wrong passphrase, recovery code or agent key.
  corrupt = 13,    ///< Stored bytes are not what was written.
  storage = 14,    ///< Reading or writing the vault, the state or the target failed.
  source = 15,     ///< The database to back up cannot be read.
  limit = 16,      ///< A named limit was exceeded.
  audit_finding = 17,  ///< An audit found something, or a backup is overdue.
  cancelled = 130,     ///< Interrupted by the user.
};

/// The one exception class of valise. The message names the object and the way out, and never
/// holds a secret.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] int exit_code() const noexcept { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

}  // namespace valise
