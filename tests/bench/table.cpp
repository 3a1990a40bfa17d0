#include "table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace valise::bench {

namespace {

std::string print_amount(const std::optional<double>& value, Unit unit) {
  if (!value) return "";
  if (unit == Unit::seconds) return fmt::format("{:.2f} s", *value);
  if (*value < 1e6) return fmt::format("{:.0f} KB", *value / 1e3);
  return fmt::format("{:.1f} MB", *value / 1e6);
}

std::string print_share(double share) {
  return share < 0.1 ? fmt::format("1/{:.0f}", 1 / share) : fmt::format("{:.2f}", share);
}

std::string print_floor(const Floor& floor, Unit unit) {
  const bool plain = floor.of.empty();
  const std::string limit = plain ? print_amount(floor.limit, unit)
                                  : fmt::format("{} of {}", print_share(floor.limit), floor.of);
  if (!floor.measured) return fmt::format("{}: not measured", limit);
  const std::string measured =
      plain ? print_amount(floor.measured, unit) : print_share(*floor.measured);
  return fmt::format("{}: {}, {}", limit, measured, floor.met() ? "met" : "MISSED");
}

std::string print_floors(const Row& row) {
  std::string out;
  for (const Floor& floor : row.floors) {
    if (!out.empty()) out += "; ";
    out += print_floor(floor, row.unit);
  }
  return out;
}

}  // namespace

std::string print_table(const std::vector<Row>& rows) {
  std::string out = fmt::format("| {:<48} |", "");
  for (const char* tool : kTools) out += fmt::format(" {:>9} |", tool);
  out += " at most\n|---|--:|--:|--:|--:|---|\n";
  out.insert(out.find('\n'), " |");
  for (const Row& row : rows) {
    out += fmt::format("| {:<48} |", row.what);
    for (const auto& value : row.values) {
      out += fmt::format(" {:>9} |", print_amount(value, row.unit));
    }
    out += fmt::format(" {} |\n", print_floors(row));
  }
  return out;
}

nlohmann::json rows_to_json(const std::vector<Row>& rows) {
  const auto number = [](const std::optional<double>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
  };
  nlohmann::json out = nlohmann::json::array();
  for (const Row& row : rows) {
    nlohmann::json item = {{"what", row.what},
                           {"unit", row.unit == Unit::seconds ? "seconds" : "bytes"},
                           {"floors", nlohmann::json::array()}};
    for (std::size_t i = 0; i < kTools.size(); ++i) item[kTools[i]] = number(row.values[i]);
    for (const Floor& floor : row.floors) {
      item["floors"].push_back({{"at_most", floor.limit},
                                {"of", floor.of},
                                {"measured", number(floor.measured)},
                                {"met", floor.met()}});
    }
    out.push_back(item);
  }
  return out;
}

Verdict judge(const std::vector<Row>& rows) {
  Verdict verdict;
  for (const Row& row : rows) {
    for (const Floor& floor : row.floors) {
      if (!floor.measured) continue;
      ++verdict.measured;
      if (!floor.met()) ++verdict.missed;
    }
  }
  return verdict;
}

}  // namespace valise::bench
