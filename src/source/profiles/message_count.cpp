#include <algorithm>

#include "source/profiles/profile.hpp"

namespace valise {

namespace {

// A time outside is not a message's: a broken clock, a broken row, or a hostile one.
constexpr std::int64_t kTimeFirst = 631'152'000;   // 1990-01-01
constexpr std::int64_t kTimeLast = 4'102'444'800;  // 2100-01-01

struct Range {
  std::int64_t first;
  std::int64_t last;
};

/// The values of a column that are plausible times in this unit.
Range range_of(const TimeUnit& unit) {
  return {std::max((kTimeFirst - unit.epoch) * unit.per_second, unit.smallest),
          (kTimeLast - unit.epoch) * unit.per_second};
}

/// Whether an index over all rows begins with the profile's time column.
bool has_time_index(sqlite3* database, const Profile& profile) {
  Query indexes(database, "PRAGMA main.index_list(" + std::string(profile.message_table) + ")");
  while (indexes.next()) {
    constexpr int kName = 1;
    constexpr int kPartial = 4;
    if (indexes.integer(kPartial) != 0) continue;
    Query columns(database, "PRAGMA main.index_info(" + quoted_literal(indexes.text(kName)) + ")");
    if (columns.next() && !columns.is_null(2) && columns.text(2) == profile.time_column) {
      return true;
    }
  }
  return false;
}

/// Columns 1 + 2 i and 2 + 2 i are the first and the last value in the range of unit i. The ranges
/// are compared as stored: no arithmetic in SQL, so nothing there can overflow. An index gives each
/// end by one search, which spares looking at every row four times; without one they are all found
/// in one pass.
std::string count_query(const Profile& profile, bool has_index) {
  const std::string column(profile.time_column);
  const std::string rows = " FROM main." + std::string(profile.message_table) + " WHERE ";
  const std::string filter(profile.message_filter);
  std::string sql = has_index ? "SELECT (SELECT count(*)" + rows + filter + ")" : "SELECT count(*)";
  for (const TimeUnit& unit : profile.time_units) {
    const Range range = range_of(unit);
    const std::string in_range =
        column + " BETWEEN " + std::to_string(range.first) + " AND " + std::to_string(range.last);
    for (const char* end : {"min(", "max("}) {
      const std::string value = end + column + ")";
      sql += has_index ? ", (SELECT " + value + rows + "(" + filter + ") AND " + in_range + ")"
                       : ", " + value + " FILTER (WHERE " + in_range + ")";
    }
  }
  return has_index ? sql : sql + rows + filter;
}

/// The range is checked again: in a column declared as TEXT, SQL compared texts.
std::optional<std::int64_t> unix_seconds(const Query& query, int column, const TimeUnit& unit) {
  if (query.is_null(column)) return std::nullopt;
  const Range range = range_of(unit);
  const double value = query.real(column);
  if (!(value >= static_cast<double>(range.first) && value <= static_cast<double>(range.last))) {
    return std::nullopt;
  }
  // Rounding down to a double loses some nanoseconds, no second.
  return static_cast<std::int64_t>(value) / unit.per_second + unit.epoch;
}

void read_times(const Query& query, const Profile& profile, ContentSummary& summary) {
  int column = 1;
  for (const TimeUnit& unit : profile.time_units) {
    const auto first = unix_seconds(query, column, unit);
    const auto last = unix_seconds(query, column + 1, unit);
    column += 2;
    if (!first || !last) continue;
    summary.first_message = std::min(summary.first_message.value_or(*first), *first);
    summary.last_message = std::max(summary.last_message.value_or(*last), *last);
  }
}

}  // namespace

void count_messages(sqlite3* database, const Profile& profile, ContentSummary& summary,
                    ErrorKind kind, const std::string& object) {
  Query query(database, count_query(profile, has_time_index(database, profile)));
  if (query.next()) {
    summary.messages = static_cast<std::uint64_t>(query.integer(0));
    read_times(query, profile, summary);
    return;
  }
  require_lasting_failure(query, kind, object);
  summary.messages = count_all_rows(database, {std::string(profile.message_table)}, kind, object);
}

}  // namespace valise
