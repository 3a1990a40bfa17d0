#include "cli/text_out.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr UnixSeconds kLastShownSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::size_t kShortIdDigits = 8;

std::tm utc(UnixSeconds time) {
  return fmt::gmtime(static_cast<std::time_t>(std::min(time, kLastShownSecond)));
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return format_count_of(bytes, "byte");
  constexpr std::array<const char*, 6> kUnits{"KB", "MB", "GB", "TB", "PB", "EB"};
  double amount = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.95 KB would be shown as 1000.0 KB.
  while (amount >= 999.95 && unit + 1 < kUnits.size()) {
    amount /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, kUnits.at(unit));
}

std::string format_count(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

std::string format_count_of(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  if (many.empty()) return fmt::format("{} {}s", format_count(count), one);
  return fmt::format("{} {}", format_count(count), many);
}

std::string format_time(UnixSeconds time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", utc(time));
}

std::string format_day(UnixSeconds time) { return fmt::format("{:%Y-%m-%d}", utc(time)); }

std::string format_seconds(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", std::max(seconds, 0.0));
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  return fmt::format("{} min {} s", format_count(whole / 60), whole % 60);
}

std::string short_id(std::string_view id) { return printable(id.substr(0, kShortIdDigits)); }

std::string printable_path(const std::filesystem::path& path) { return printable(path.native()); }

std::string printable_about(std::string_view object, std::string_view message) {
  const std::string text = printable(message);
  return message.starts_with(object) ? text : printable(object) + ": " + text;
}

std::string format_readers(const std::vector<Reader>& readers, unsigned k) {
  std::string names;
  std::size_t agents = 0;
  for (const Reader& reader : readers) {
    if (reader.owner) continue;
    names += (agents == 0 ? "" : ", ") + printable(reader.name);
    ++agents;
  }
  if (agents == 0) return "only the owner";
  if (agents == 1) return "the owner, or the agent " + names;
  if (k == 1) return fmt::format("the owner, or any one of {} agents: {}", agents, names);
  return fmt::format("the owner, or any {} of {} agents together: {}", k, agents, names);
}

std::string format_policy(const PolicyView& policy) {
  if (!policy.escrow) return "end-to-end: only the owner";
  std::string text = "escrow: " + format_readers(policy.agents, policy.k);
  for (const Reader& agent : policy.agents) {
    text += fmt::format("\n  {}  {}", printable(agent.name), printable(agent.fingerprint));
  }
  return text;
}

std::string format_table(const std::vector<std::vector<std::string>>& rows,
                         const std::vector<std::size_t>& right) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - columns(row[i]), ' ');
      const bool to_right = std::find(right.begin(), right.end(), i) != right.end();
      line += (i == 0 ? "" : "  ") + (to_right ? padding + row[i] : row[i] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace valise::cli
