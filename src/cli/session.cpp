#include "cli/session.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "cli/signals.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "valise/vault_folder.hpp"

namespace valise::cli {

namespace {

void write_error(const std::string& text) noexcept {
  // Where stderr fails there is nobody left to tell.
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

Session::Session(const GlobalOptions& options) : options_(options) {}

Run Session::make_run() {
  if (!progress_) {
    const ProgressStyle style = progress_style({.quiet = options_.quiet || options_.no_progress,
                                                .json = options_.json,
                                                .terminal = isatty(STDERR_FILENO) != 0});
    const bool to_stdout = style.form == ProgressStyle::Form::json;
    progress_.emplace(style, [this, to_stdout](const std::string& text) {
      to_stdout ? write_out(text) : write_error(text);
    });
  }
  Run run;
  run.places = find_places(options_.vault);
  run.cancellation = &cancellation();
  run.on_progress = [this](const Progress& progress) { progress_->update(progress); };
  run.on_warning = [this](const std::string& message) { warn(message); };
  run.lock_wait_seconds = options_.lock_wait_seconds;
  return run;
}

UnlockSource Session::unlock_source(const Run& run, const SecretOptions& options) {
  SecretOptions asked = options;
  // A question for a passphrase that does not exist is one that nobody can answer.
  if (!asked.any() && !secrets_.given_by_environment() && !may_have_passphrase(run.places.vault)) {
    asked.recovery_code = true;
  }
  secrets_.require_source(asked);
  return [this, what = "the vault " + printable_path(run.places.vault), asked = std::move(asked)] {
    if (progress_) progress_->clear();
    return secrets_.unlock(asked, what);
  };
}

void Session::print(const std::string& text) {
  if (progress_) progress_->clear();
  write_out(text);
}

void Session::print(const Json& object) { print(json_line(object)); }

void Session::report(const std::string& text) {
  if (!options_.quiet) print(text);
}

void Session::note(const std::string& message) {
  if (progress_) progress_->clear();
  write_error("valise: " + printable(message) + "\n");
}

void Session::warn(const std::string& message) {
  note("warning: " + message);
  if (options_.json) print(warning_json(message));
}

void Session::show_error(const Error& error) noexcept {
  try {
    if (progress_) progress_->clear();
    if (options_.json) print(error_json(error));
    write_error("valise: " + printable(error.what()) + "\n");
  } catch (const std::exception&) {
    write_error("valise: out of memory\n");
  }
}

void Session::write_out(const std::string& text) noexcept {
  if (output_error_ != 0) return;
  errno = 0;
  // Flushed line by line: whoever reads JSON lines from a pipe wants them as they come.
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    output_error_ = errno == 0 ? EIO : errno;
  }
}

void Session::finish_output() {
  if (output_error_ == 0) return;
  if (output_error_ == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  throw Error(ErrorKind::storage, std::string("standard output did not take the report: ") +
                                      std::strerror(output_error_));
}

}  // namespace valise::cli
