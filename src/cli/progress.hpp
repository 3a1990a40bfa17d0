#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cli/places.hpp"
#include "valise/run.hpp"

namespace valise::cli {

/// How progress is shown.
struct ProgressStyle {
  enum class Form {
    none,
    line,  ///< One line of a terminal, written over and over.
    log,   ///< A line of text now and then.
    json,  ///< A `status` object now and then.
  };
  Form form = Form::none;
  double per_second = 0;
  bool escapes = false;  ///< The terminal may get escape sequences (NO_COLOR, TERM=dumb: no).
};

struct ProgressRequest {
  bool quiet = false;  ///< --quiet or --no-progress
  bool json = false;
  bool terminal = false;  ///< Standard error is one.
};

/// Ten times a second on a terminal, once a minute elsewhere, unless VALISE_PROGRESS_FPS (above 0,
/// at most 60) says otherwise. Throws Error(usage) for an invalid value, whatever is asked for.
[[nodiscard]] ProgressStyle progress_style(const ProgressRequest& request,
                                           const Environment& environment = system_environment);

/// Shows how far a verb has come, no more often than its style says.
class ProgressPrinter {
 public:
  /// `print` gets what is to be written: to stderr, or a status line for stdout.
  ProgressPrinter(const ProgressStyle& style, std::function<void(const std::string&)> print);

  using Time = std::chrono::steady_clock::time_point;
  void update(const Progress& progress, Time now = std::chrono::steady_clock::now());
  /// Takes the line off the terminal, so that other text can stand there.
  void clear();

 private:
  ProgressStyle style_;
  std::function<void(const std::string&)> print_;
  /// The first line of a log is due only after a whole interval: short runs stay silent.
  Time due_;
  std::size_t columns_shown_ = 0;
};

/// "seal chat.db: 210.3 MB of 471.0 MB, 44 %"
[[nodiscard]] std::string progress_text(const Progress& progress);

}  // namespace valise::cli
