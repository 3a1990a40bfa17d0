#include "results.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace valise::bench {

namespace {

template <typename Get>
std::optional<double> median(const std::vector<Run>* runs, const Get& get) {
  if (runs == nullptr) return std::nullopt;
  std::vector<double> values;
  for (const Run& run : *runs) values.push_back(get(run));
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

void Results::add(const std::string& scenario, const std::string& tool, const Run& run) {
  runs_[{scenario, tool}].push_back(run);
}

std::optional<double> Results::median_wall_s(const std::string& scenario,
                                             const std::string& tool) const {
  return median(find(scenario, tool), [](const Run& run) { return run.cost.wall_s; });
}

std::optional<double> Results::median_cpu_s(const std::string& scenario,
                                            const std::string& tool) const {
  return median(find(scenario, tool), [](const Run& run) { return run.cost.cpu_s; });
}

std::optional<double> Results::median_bytes(const std::string& scenario,
                                            const std::string& tool) const {
  return median(find(scenario, tool),
                [](const Run& run) { return static_cast<double>(run.bytes_added); });
}

std::optional<double> Results::highest_peak_bytes(const std::string& scenario,
                                                  const std::string& tool) const {
  const std::vector<Run>* runs = find(scenario, tool);
  if (runs == nullptr) return std::nullopt;
  std::int64_t peak = 0;
  for (const Run& run : *runs) peak = std::max(peak, run.cost.peak_bytes);
  return static_cast<double>(peak);
}

std::optional<double> Results::figure(const std::string& name) const {
  const auto at = figures_.find(name);
  return at == figures_.end() ? std::nullopt : std::optional(at->second);
}

nlohmann::json Results::to_json() const {
  nlohmann::json runs = nlohmann::json::array();
  for (const auto& [key, list] : runs_) {
    for (const Run& run : list) {
      runs.push_back({{"scenario", key.first},
                      {"tool", key.second},
                      {"wall_s", run.cost.wall_s},
                      {"cpu_s", run.cost.cpu_s},
                      {"peak_bytes", run.cost.peak_bytes},
                      {"bytes_added", run.bytes_added}});
    }
  }
  return {{"runs", runs}, {"figures", figures_}};
}

const std::vector<Run>* Results::find(const std::string& scenario, const std::string& tool) const {
  const auto at = runs_.find({scenario, tool});
  return at == runs_.end() ? nullptr : &at->second;
}

}  // namespace valise::bench
