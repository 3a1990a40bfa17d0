#include "cli/progress.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "cli/json_out.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr double kTerminalPerSecond = 10;
constexpr double kLogPerSecond = 1.0 / 60;
constexpr double kPerSecondMax = 60;
// Longer lines would wrap, and a wrapped line cannot be written over.
constexpr std::size_t kLineColumnsMax = 79;

std::optional<double> wished_rate(const Environment& environment) {
  const std::optional<std::string> value = environment("VALISE_PROGRESS_FPS");
  if (!value) return std::nullopt;
  double rate = 0;
  const char* end = value->data() + value->size();
  const auto [stop, failed] = std::from_chars(value->data(), end, rate);
  if (failed != std::errc{} || stop != end || !(rate > 0) || rate > kPerSecondMax) {
    throw Error(ErrorKind::usage, "VALISE_PROGRESS_FPS must be a number above 0 and up to 60");
  }
  return rate;
}

bool escapes_allowed(const Environment& environment) {
  const std::optional<std::string> no_color = environment("NO_COLOR");
  if (no_color && !no_color->empty()) return false;  // no-color.org: any value but an empty one
  const std::optional<std::string> term = environment("TERM");
  return term && !term->empty() && *term != "dumb";
}

std::string cut_columns(const std::string& text, std::size_t most) {
  std::string_view rest = text;
  std::size_t end = 0;
  for (std::size_t count = 0; count < most && !rest.empty(); ++count) {
    const std::size_t length = std::max<std::size_t>(utf8_length(rest), 1);
    end += length;
    rest.remove_prefix(length);
  }
  return text.substr(0, end);
}

}  // namespace

ProgressStyle progress_style(const ProgressRequest& request, const Environment& environment) {
  const std::optional<double> rate = wished_rate(environment);
  ProgressStyle style;
  if (request.quiet) return style;
  style.form = request.json       ? ProgressStyle::Form::json
               : request.terminal ? ProgressStyle::Form::line
                                  : ProgressStyle::Form::log;
  const bool often = style.form == ProgressStyle::Form::line;
  style.per_second = rate.value_or(often ? kTerminalPerSecond : kLogPerSecond);
  style.escapes = often && escapes_allowed(environment);
  return style;
}

ProgressPrinter::ProgressPrinter(const ProgressStyle& style,
                                 std::function<void(const std::string&)> print)
    : style_(style), print_(std::move(print)), due_(std::chrono::steady_clock::now()) {
  if (style_.form == ProgressStyle::Form::log || style_.form == ProgressStyle::Form::json) {
    due_ += std::chrono::duration_cast<Time::duration>(
        std::chrono::duration<double>(1 / style_.per_second));
  }
}

void ProgressPrinter::update(const Progress& progress, Time now) {
  if (style_.form == ProgressStyle::Form::none || now < due_) return;
  due_ = now + std::chrono::duration_cast<Time::duration>(
                   std::chrono::duration<double>(1 / style_.per_second));
  if (style_.form == ProgressStyle::Form::json) {
    print_(json_line(status_json(progress)));
    return;
  }
  const std::string text = cut_columns(progress_text(progress), kLineColumnsMax);
  if (style_.form == ProgressStyle::Form::log) {
    print_("valise: " + text + "\n");
    return;
  }
  clear();
  print_(text);
  columns_shown_ = columns(text);
}

void ProgressPrinter::clear() {
  if (columns_shown_ == 0) return;
  print_(style_.escapes ? "\r\033[K" : "\r" + std::string(columns_shown_, ' ') + "\r");
  columns_shown_ = 0;
}

std::string progress_text(const Progress& progress) {
  const bool bytes = progress.unit == "bytes";
  const auto amount = [bytes](std::uint64_t count) {
    return bytes ? format_bytes(count) : format_count(count);
  };
  std::string text = printable(progress.step);
  if (!progress.object.empty()) text += ' ' + printable(progress.object);
  if (progress.total == 0 && progress.done == 0) return text;
  text += ": " + amount(progress.done);
  if (progress.total > 0) text += " of " + amount(progress.total);
  if (!bytes) text += ' ' + printable(progress.unit);
  if (progress.total > 0) {
    const double part = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    text += fmt::format(", {:.0f} %", 100 * std::min(part, 1.0));
  }
  return text;
}

}  // namespace valise::cli
