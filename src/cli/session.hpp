#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/json_out.hpp"
#include "cli/places.hpp"
#include "cli/progress.hpp"
#include "cli/secret_input.hpp"
#include "valise/run.hpp"

namespace valise::cli {

/// The options that every verb takes.
struct GlobalOptions {
  std::optional<std::string> vault;
  bool json = false;
  bool quiet = false;
  bool no_progress = false;
  std::uint64_t lock_wait_seconds = 0;
};

/// One run of the program: where things stand, how it reports, where secrets come from. Outlives
/// the library's verb. Used from one thread.
class Session {
 public:
  explicit Session(const GlobalOptions& options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool json() const noexcept { return options_.json; }
  /// For a verb of the library. Throws Error(usage) for an invalid place.
  [[nodiscard]] Run make_run();
  [[nodiscard]] SecretInput& secrets() noexcept { return secrets_; }
  /// An UnlockSource that asks for what opens the vault of `run`.
  [[nodiscard]] UnlockSource unlock_source(const Run& run, const SecretOptions& options);

  /// What was asked for: always printed.
  void print(const std::string& text);
  void print(const Json& object);
  /// That something was done: left out with --quiet.
  void report(const std::string& text);
  /// A line on stderr, whatever stdout is.
  void note(const std::string& message);
  void warn(const std::string& message);
  /// `valise: ...` on stderr and, with --json, an `error` object on stdout. Never throws.
  void show_error(const Error& error) noexcept;
  /// Throws Error(storage) if stdout did not take everything (a full disk); ends the process by
  /// SIGPIPE if its reader has gone, as other programs do.
  void finish_output();

 private:
  void show_progress(const Progress& progress);
  void write_out(const std::string& text) noexcept;

  const GlobalOptions& options_;
  SecretInput secrets_;
  std::optional<ProgressPrinter> progress_;
  int output_error_ = 0;
};

}  // namespace valise::cli
