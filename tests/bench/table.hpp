#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "results.hpp"

namespace valise::bench {

enum class Unit { seconds, bytes };

/// What the project promises about one figure: at most `limit`, of another tool's figure
/// (`of` names it) or as it stands.
struct Floor {
  double limit = 0;
  std::string of;                  // "restic", "pipe", "the source"; empty: a plain amount
  std::optional<double> measured;  // absent: not measured in this run
  [[nodiscard]] bool met() const { return measured && *measured <= limit; }
};

struct Row {
  std::string what;
  Unit unit = Unit::seconds;
  std::array<std::optional<double>, 4> values;  // in the order of kTools
  std::vector<Floor> floors;
};

inline constexpr std::array<const char*, 4> kTools = {"valise", "restic", "borg", "pipe"};

/// The rows of the table, with the floors that the project has set itself.
std::vector<Row> make_rows(const Results& results);

/// As Markdown, ready for the README.
std::string print_table(const std::vector<Row>& rows);
nlohmann::json rows_to_json(const std::vector<Row>& rows);

/// How many floors were measured, and how many of those were missed.
struct Verdict {
  int measured = 0;
  int missed = 0;
};
Verdict judge(const std::vector<Row>& rows);

}  // namespace valise::bench
