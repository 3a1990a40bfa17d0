#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace valise {
namespace {

constexpr UnixSeconds kSecondsPerDay = 86400;
// 9999-12-31T23:59:59Z, the last moment that RFC 3339 can write. Stored times are not to be
// trusted, and a later one must neither overflow the calendar nor spoil a table.
constexpr UnixSeconds kLastMoment = 253402300799;

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixSeconds now() const override {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_1970).count();
    return static_cast<UnixSeconds>(std::max<std::int64_t>(seconds, 0));
  }
};

/// The number that `text` is, or -1.
int digits(std::string_view text) noexcept {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

std::string rfc3339(UnixSeconds time) {
  const UnixSeconds shown = std::min(time, kLastMoment);
  const std::chrono::sys_days day{
      std::chrono::days{static_cast<std::int32_t>(shown / kSecondsPerDay)}};
  const std::chrono::year_month_day date{day};
  const UnixSeconds second = shown % kSecondsPerDay;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     second / 3600, second / 60 % 60, second % 60);
}

std::optional<UnixSeconds> end_of_day(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const int year = digits(date.substr(0, 4));
  const int month = digits(date.substr(5, 2));
  const int day = digits(date.substr(8, 2));
  if (year < 1970 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day named{std::chrono::year{year},
                                          std::chrono::month{static_cast<unsigned>(month)},
                                          std::chrono::day{static_cast<unsigned>(day)}};
  if (!named.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days{named}.time_since_epoch().count();
  return static_cast<UnixSeconds>(days) * kSecondsPerDay + (kSecondsPerDay - 1);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace valise
