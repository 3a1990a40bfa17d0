#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "process.hpp"

namespace valise::bench {

struct Run {
  Cost cost;
  std::int64_t bytes_added = 0;
};

/// Every run of every tool in every scenario, and single figures beside them. Nothing is thrown
/// away: the JSON has each run, the table the medians.
class Results {
 public:
  void add(const std::string& scenario, const std::string& tool, const Run& run);
  void set_figure(const std::string& name, double value) { figures_[name] = value; }

  /// Absent when that tool did not take part.
  [[nodiscard]] std::optional<double> median_wall_s(const std::string& scenario,
                                                    const std::string& tool) const;
  [[nodiscard]] std::optional<double> median_cpu_s(const std::string& scenario,
                                                   const std::string& tool) const;
  [[nodiscard]] std::optional<double> median_bytes(const std::string& scenario,
                                                   const std::string& tool) const;
  [[nodiscard]] std::optional<double> highest_peak_bytes(const std::string& scenario,
                                                         const std::string& tool) const;
  [[nodiscard]] std::optional<double> figure(const std::string& name) const;

  [[nodiscard]] nlohmann::json to_json() const;

 private:
  [[nodiscard]] const std::vector<Run>* find(const std::string& scenario,
                                             const std::string& tool) const;

  std::map<std::pair<std::string, std::string>, std::vector<Run>> runs_;
  std::map<std::string, double> figures_;
};

}  // namespace valise::bench
