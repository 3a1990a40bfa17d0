// Runs valise beside what a user would pick instead: restic, borg, and
// `sqlite3 .backup | zstd | age`. One run, one machine, one table: the ratios count, the seconds
// do not.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "results.hpp"
#include "scenarios.hpp"
#include "table.hpp"
#include "tools.hpp"

namespace {

using nlohmann::json;
using valise::bench::Plan;
using valise::bench::version_of;

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

json describe_machine() {
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  return {{"processor", processor()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_bytes", memory}};
}

json describe_tools(const Plan& plan) {
  json versions = json::object();
  if (!plan.valise.empty()) versions["valise"] = version_of({plan.valise, "version"});
  if (plan.skip_others) return versions;
  for (const char* tool : {"restic", "borg", "sqlite3", "zstd", "age"}) {
    const char* question = std::string(tool) == "restic" ? "version" : "--version";
    versions[tool] = version_of({tool, question});
    if (versions[tool] == "") {
      throw std::runtime_error(std::string(tool) +
                               " is missing: apt install restic borgbackup sqlite3 zstd age, "
                               "or pass --skip-others");
    }
  }
  return versions;
}

void print_heading(const json& report) {
  const json& machine = report["machine"];
  fmt::print("{}, {} cores, {:.0f} GB; {} messages, {} nights;",
             machine["processor"].get<std::string>(), machine["cores"].get<int>(),
             machine["memory_bytes"].get<double>() / 1e9, report["messages"].get<int>(),
             report["nights"].get<int>());
  for (const auto& [tool, version] : report["versions"].items()) {
    fmt::print(" {} {},", tool, version.get<std::string>());
  }
  fmt::print(" {} runs each.\n\n", report["repeats"].get<int>());
}

int run(const Plan& plan, const std::string& json_file) {
  json report = {{"machine", describe_machine()},
                 {"versions", describe_tools(plan)},
                 {"messages", plan.messages},
                 {"nights", plan.nights},
                 {"repeats", plan.repeats}};
  valise::bench::Results results;
  valise::bench::run_scenarios(plan, results);
  const auto rows = valise::bench::make_rows(results);
  report["table"] = valise::bench::rows_to_json(rows);
  report.update(results.to_json());
  if (!json_file.empty()) std::ofstream(json_file) << report.dump(1) << "\n";
  print_heading(report);
  fmt::print("{}", valise::bench::print_table(rows));
  const valise::bench::Verdict verdict = valise::bench::judge(rows);
  fmt::print("\n{} floors measured, {} missed\n", verdict.measured, verdict.missed);
  return verdict.missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs valise beside restic, borg and sqlite3 | zstd | age.", "side_by_side"};
  Plan plan;
  std::string json_file;
  app.add_option("--valise", plan.valise, "The program to measure; without it, only the others")
      ->check(CLI::ExistingFile);
  app.add_option("--work", plan.work, "A folder for databases and repositories (about 12 GB)")
      ->required();
  app.add_option("--messages", plan.messages, "Size of the history")->capture_default_str();
  app.add_option("--nights", plan.nights, "How many")->capture_default_str();
  app.add_option("--repeats", plan.repeats, "Of each timed command")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--json", json_file, "Write every figure to this file");
  app.add_flag("--skip-others", plan.skip_others, "Measure valise alone");
  app.add_flag("--big", plan.big, "Measure memory on a database four times as large, too");
  CLI11_PARSE(app, argc, argv);
  try {
    plan.work = std::filesystem::absolute(plan.work);
    return run(plan, json_file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "side_by_side: %s\n", error.what());
    return 2;
  }
}
