// The rows of the table: which figures, and the floors under them.

#include <string>
#include <utility>

#include "scenarios.hpp"
#include "table.hpp"

namespace valise::bench {

namespace {

constexpr double kPeakBytesMax = 128e6;
constexpr double kNightBytesMax = 150e3;

std::optional<double> ratio(const std::optional<double>& part, const std::optional<double>& whole) {
  if (!part || !whole || *whole <= 0) return std::nullopt;
  return *part / *whole;
}

using Figure = std::optional<double> (Results::*)(const std::string&, const std::string&) const;

Row row(const Results& results, std::string what, const std::string& scenario, Unit unit,
        Figure figure) {
  Row out{.what = std::move(what), .unit = unit, .values = {}, .floors = {}};
  for (std::size_t i = 0; i < kTools.size(); ++i) {
    out.values[i] = (results.*figure)(scenario, kTools[i]);
  }
  return out;
}

void add_ratio_floor(Row& row, double limit, const std::string& tool) {
  for (std::size_t i = 0; i < kTools.size(); ++i) {
    if (tool == kTools[i]) row.floors.push_back({limit, tool, ratio(row.values[0], row.values[i])});
  }
}

void add_amount_floor(Row& row, double limit) { row.floors.push_back({limit, "", row.values[0]}); }

void add_backup_rows(const Results& results, std::vector<Row>& rows) {
  Row wall =
      row(results, "first backup, wall", kFirstBackup, Unit::seconds, &Results::median_wall_s);
  add_ratio_floor(wall, 0.45, "restic");
  add_ratio_floor(wall, 0.6, "pipe");
  rows.push_back(wall);
  rows.push_back(
      row(results, "first backup, CPU", kFirstBackup, Unit::seconds, &Results::median_cpu_s));
  Row size = row(results, "first backup, size", kFirstBackup, Unit::bytes, &Results::median_bytes);
  add_ratio_floor(size, 1.0, "restic");
  add_ratio_floor(size, 1.06, "pipe");
  rows.push_back(size);

  Row night = row(results, "a night, bytes added", kNight, Unit::bytes, &Results::median_bytes);
  add_amount_floor(night, kNightBytesMax);
  add_ratio_floor(night, 1.0 / 500, "restic");
  rows.push_back(night);
  Row night_wall = row(results, "a night, wall", kNight, Unit::seconds, &Results::median_wall_s);
  add_ratio_floor(night_wall, 0.3, "restic");
  rows.push_back(night_wall);
  rows.push_back(row(results, "a night, CPU", kNight, Unit::seconds, &Results::median_cpu_s));

  Row chat = row(results, "a long chat deleted, bytes added", kChatDeleted, Unit::bytes,
                 &Results::median_bytes);
  add_ratio_floor(chat, 1.0 / 20, "restic");
  rows.push_back(chat);
  rows.push_back(row(results, "a long chat deleted, wall", kChatDeleted, Unit::seconds,
                     &Results::median_wall_s));
  rows.push_back(row(results, "a third of the bodies random, bytes added", kScrambled, Unit::bytes,
                     &Results::median_bytes));
  rows.push_back(row(results, "a third of the bodies random, wall", kScrambled, Unit::seconds,
                     &Results::median_wall_s));
}

void add_reading_rows(const Results& results, std::vector<Row>& rows) {
  Row restore = row(results, "restore of the last night, wall", kRestore, Unit::seconds,
                    &Results::median_wall_s);
  add_ratio_floor(restore, 1.0, "restic");
  rows.push_back(restore);
  // The first is the one to go by: after thirty nights the others read gigabytes.
  Row scrub = row(results, "scrub after the first backup, wall", kCheckFirst, Unit::seconds,
                  &Results::median_wall_s);
  add_ratio_floor(scrub, 0.3, "restic");
  rows.push_back(scrub);
  Row scrub_last = row(results, "scrub after the nights, wall", kCheckLast, Unit::seconds,
                       &Results::median_wall_s);
  add_ratio_floor(scrub_last, 0.3, "restic");
  rows.push_back(scrub_last);
  for (const char* scenario : {kVerify, kAudit, kList}) {
    rows.push_back(row(results, std::string(scenario) + ", wall", scenario, Unit::seconds,
                       &Results::median_wall_s));
  }
}

void add_memory_rows(const Results& results, std::vector<Row>& rows) {
  for (const std::string size : {"", kBig}) {
    for (const char* scenario :
         {kFirstBackup, kNight, kChatDeleted, kScrambled, kRestore, kRestoreScrambled, kCheckFirst,
          kCheckLast, kVerify, kAudit, kList}) {
      const std::string name = size + scenario;
      Row peak =
          row(results, "peak memory, " + name, name, Unit::bytes, &Results::highest_peak_bytes);
      if (!peak.values[0] && !peak.values[1]) continue;
      add_amount_floor(peak, kPeakBytesMax);
      rows.push_back(peak);
    }
  }
}

void add_state_rows(const Results& results, std::vector<Row>& rows) {
  const std::optional<double> last = results.figure(kStateLast);
  rows.push_back(
      {"state database after the first backup", Unit::bytes, {results.figure(kStateFirst)}, {}});
  rows.push_back({"state database after the nights",
                  Unit::bytes,
                  {last},
                  {{0.45, "the source", ratio(last, results.figure(kSourceLast))}}});
}

}  // namespace

std::vector<Row> make_rows(const Results& results) {
  std::vector<Row> rows;
  add_backup_rows(results, rows);
  add_reading_rows(results, rows);
  add_state_rows(results, rows);
  add_memory_rows(results, rows);
  return rows;
}

}  // namespace valise::bench
