#include "cli/audit_timeline.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

constexpr UnixSeconds kDaySeconds = 24 * 3600;
constexpr double kNarrowestPercent = 0.8;
// On a phone the line is about 340 pixels wide: a word of eleven letters needs this much of it.
constexpr double kLabelPercent = 18;
constexpr std::size_t kCrossesMax = 80;
constexpr std::size_t kLabelsMax = 6;

/// Times to percent of the line's width.
class TimeScale {
 public:
  TimeScale(UnixSeconds from, UnixSeconds to)
      : from_(from),
        span_(static_cast<double>(std::max<UnixSeconds>(to - std::min(from, to), 1))) {}
  [[nodiscard]] double at(UnixSeconds time) const {
    const double passed = time < from_ ? 0 : static_cast<double>(time - from_);
    return std::min(100.0, 100 * passed / span_);
  }

 private:
  UnixSeconds from_;
  double span_;
};

const char* mode_class(bool escrow) noexcept { return escrow ? "esc" : "e2ee"; }

std::string stretch_label(const AuditedStretch& stretch) {
  return stretch.escrow ? "escrowed" : "end-to-end";
}

std::string bands_svg(const AuditedSource& source, const TimeScale& scale) {
  std::string out;
  for (const AuditedStretch& stretch : source.stretches) {
    const double begin = std::min(scale.at(stretch.from), 100 - kNarrowestPercent);
    const double width = std::max(scale.at(stretch.to) - begin, kNarrowestPercent);
    const char* mode = mode_class(stretch.escrow);
    out += fmt::format(
        "<rect class=\"band {}\" x=\"{:.2f}%\" y=\"20\" width=\"{:.2f}%\" height=\"24\" rx=\"3\">"
        "<title>{}, {} to {}: {}</title></rect>",
        mode, begin, width, stretch_label(stretch), format_day(stretch.from),
        format_day(stretch.to), format_count_of(stretch.backups, "backup"));
    if (width < kLabelPercent) continue;
    out += fmt::format("<text class=\"on {}\" x=\"{:.2f}%\" y=\"13\">{}</text>", mode, begin,
                       stretch_label(stretch));
  }
  return out;
}

bool escrowed_at(const AuditedSource& source, double time) {
  bool escrow = false;
  for (const AuditedStretch& stretch : source.stretches) {
    if (static_cast<double>(stretch.from) <= time) escrow = stretch.escrow;
  }
  return escrow;
}

std::string ticks_svg(const AuditedSource& source, const TimeScale& scale) {
  std::string out;
  const double part = static_cast<double>(source.last - source.first) /
                      static_cast<double>(std::max<std::size_t>(source.density.size(), 1));
  const double begin = scale.at(source.first);
  const double width = scale.at(source.last) - begin;
  for (std::size_t i = 0; i < source.density.size(); ++i) {
    if (source.density[i] == 0) continue;
    // The last part ends with the last backup itself.
    const bool last = i + 1 == source.density.size();
    const double share =
        last ? 1 : static_cast<double>(i) / static_cast<double>(source.density.size());
    const double time = static_cast<double>(source.first) + part * (static_cast<double>(i) + 1);
    out +=
        fmt::format("<rect class=\"tick {}\" x=\"{:.2f}%\" y=\"27\" width=\"1.2\" height=\"10\"/>",
                    mode_class(escrowed_at(source, time)), std::min(begin + share * width, 99.4));
  }
  return out;
}

std::string gaps_svg(const AuditedSource& source, const TimeScale& scale) {
  std::string out;
  for (const AuditedGap& gap : source.gaps) {
    const double begin = scale.at(gap.from) + 0.5;
    const double width = scale.at(gap.to) - 0.5 - begin;
    if (width < 0.5) continue;
    const std::string days = format_count_of((gap.to - gap.from) / kDaySeconds, "day");
    out += fmt::format(
        "<rect class=\"gap\" x=\"{:.2f}%\" y=\"22\" width=\"{:.2f}%\" height=\"20\"><title>no "
        "backup for {}, {} to {}</title></rect>",
        begin, width, days, format_day(gap.from), format_day(gap.to));
    if (width < kLabelPercent) continue;
    out += fmt::format("<text x=\"{:.2f}%\" y=\"36\" text-anchor=\"middle\">none for {}</text>",
                       begin + width / 2, days);
  }
  return out;
}

std::string crosses_svg(const AuditedSource& source, const TimeScale& scale) {
  std::string out;
  // Where there are very many, every so-many-th shows: the findings list them all.
  const std::size_t step = source.flaws.size() / kCrossesMax + 1;
  for (std::size_t i = 0; i < source.flaws.size(); i += step) {
    out += fmt::format(
        "<text class=\"x\" x=\"{:.2f}%\" y=\"38\" text-anchor=\"middle\">\u00d7<title>missing or "
        "damaged, {}</title></text>",
        std::clamp(scale.at(source.flaws[i]), 1.0, 99.0), format_day(source.flaws[i]));
  }
  return out;
}

struct CalendarMonth {
  int year = 1970;
  int month = 0;  ///< 0 is January.
};

CalendarMonth month_of(UnixSeconds time) {
  constexpr UnixSeconds kLast = 253'402'300'799;
  const std::tm moment = fmt::gmtime(static_cast<std::time_t>(std::min(time, kLast)));
  return {moment.tm_year + 1900, moment.tm_mon};
}

// Days from 1970-01-01 to the first of a month; the year begins in March, so that the leap day is
// its last (the usual closed form of the Gregorian calendar).
UnixSeconds start_of(const CalendarMonth& at) {
  const int shifted = at.month < 2 ? at.year - 1 : at.year;
  const int from_march = (at.month + 10) % 12;
  const int era = shifted / 400;
  const int year = shifted - era * 400;
  const int day = (153 * from_march + 2) / 5;
  const int days = era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
  return static_cast<UnixSeconds>(std::max(days, 0)) * kDaySeconds;
}

// The first days of months, as many months apart as leaves room for their names.
std::string axis_svg(const TimeScale& scale, UnixSeconds from, UnixSeconds to) {
  std::string out = "<line class=\"axis\" x1=\"0\" x2=\"100%\" y1=\"50.5\" y2=\"50.5\"/>";
  const CalendarMonth first = month_of(from);
  const CalendarMonth last = month_of(to);
  const int months = (last.year - first.year) * 12 + last.month - first.month;
  constexpr std::array<int, 9> kSteps{1, 3, 6, 12, 24, 60, 120, 600, 6000};
  const auto step = std::find_if(kSteps.begin(), kSteps.end(), [&](int one) {
    return months / one < static_cast<int>(kLabelsMax);
  });
  const int every = step == kSteps.end() ? kSteps.back() : *step;
  std::size_t shown = 0;
  for (int i = first.year * 12 + first.month; i <= last.year * 12 + last.month; ++i) {
    const CalendarMonth at{i / 12, i % 12};
    if (i % every != 0 || start_of(at) < from) continue;
    const double x = scale.at(start_of(at));
    out += fmt::format("<line class=\"mark\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"47\" y2=\"53\"/>",
                       x);
    // The last name would run out of the page.
    if (x > 88) continue;
    out += every % 12 == 0 ? fmt::format("<text x=\"{:.2f}%\" y=\"66\">{}</text>", x, at.year)
                           : fmt::format("<text x=\"{:.2f}%\" y=\"66\">{}-{:02}</text>", x, at.year,
                                         at.month + 1);
    ++shown;
  }
  if (shown > 0) return out;
  return out + fmt::format(
                   "<text x=\"0\" y=\"66\">{}</text><text x=\"100%\" y=\"66\" "
                   "text-anchor=\"end\">{}</text>",
                   format_day(from), format_day(to));
}

}  // namespace

std::string timeline_svg(const AuditedSource& source, UnixSeconds from, UnixSeconds to) {
  const TimeScale scale(from, to);
  std::string said = format_count_of(source.backups, "backup");
  for (const AuditedStretch& stretch : source.stretches) {
    said += fmt::format("; {} from {} to {}", stretch_label(stretch), format_day(stretch.from),
                        format_day(stretch.to));
  }
  return fmt::format("<svg class=\"line\" role=\"img\" aria-label=\"{}\">", said) +
         axis_svg(scale, from, to) + bands_svg(source, scale) + ticks_svg(source, scale) +
         gaps_svg(source, scale) + crosses_svg(source, scale) + "</svg>\n";
}

}  // namespace valise::cli
