#pragma once

// Private to this room: what valise knows about each app's database.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "source/live_database.hpp"
#include "source/sqlite_handle.hpp"

namespace valise {

/// How a column tells the time: `value / per_second + epoch` is Unix seconds. Several may apply to
/// one column, each to its own range of values: from `smallest` up to the year 2100.
struct TimeUnit {
  std::int64_t per_second = 1;
  std::int64_t epoch = 0;
  std::int64_t smallest = 1;
};

/// 2001-01-01T00:00:00Z, from where Apple's frameworks count.
inline constexpr std::int64_t kAppleEpoch = 978307200;

/// How the path in a row, without empty and "." parts, becomes one relative to the base folder;
/// nothing for a path that leads elsewhere. What it returns need not be a valid path.
using RelativePath = std::optional<std::string> (*)(std::string_view stored);

/// Where an app's attachments stand, and which rows name them. Empty: nowhere, none.
struct AttachmentRules {
  /// A database in a folder of this name has its base folder above it.
  std::string_view database_folder;
  std::vector<std::string_view> roots;
  std::vector<std::string_view> extra_files;
  std::string_view table;
  std::string_view path_column;
  std::string_view size_column;
  RelativePath relative = nullptr;
  /// Versions of the app that are in use have no such table.
  bool came_late = false;
};

/// Where an app keeps its messages, and how they are counted.
struct Profile {
  std::string_view name;
  /// An ordinary table of each of these names makes a database this app's; so do all but one, with
  /// the columns below: a version of the app may have dropped one, or called it something else.
  std::vector<std::string_view> tables;
  /// Columns of the message table that together no other program's table of that name has.
  std::vector<std::string_view> own_columns;
  std::string_view message_table;
  std::string_view message_filter;  ///< SQL that is true for a message's row.
  std::string_view time_column;
  std::vector<TimeUnit> time_units;
  /// One row with the app's own version of its schema; empty if the app notes none.
  std::string_view version_query;
  /// Where the app keeps the database below a home folder, most usual place first.
  std::vector<std::string_view> home_paths;
  AttachmentRules attachments;
};

[[nodiscard]] Profile imessage_profile();
[[nodiscard]] Profile whatsapp_android_profile();
[[nodiscard]] Profile whatsapp_ios_profile();
[[nodiscard]] Profile signal_desktop_profile();
[[nodiscard]] Profile signal_android_profile();

/// The apps' profiles. "sqlite", which fits every database, is not among them.
[[nodiscard]] std::span<const Profile> app_profiles();

/// The profile of that name, or null.
[[nodiscard]] const Profile* find_profile(std::string_view name);

/// The names of the ordinary tables that hold an app's rows: no virtual table, none of its shadow
/// tables (taken to be those named like it with an underscore behind), none of SQLite's own.
[[nodiscard]] std::vector<std::string> ordinary_tables(sqlite3* database);

/// The profile whose tables are all there; else the first of which one is absent, not the message
/// table, and whose own columns are there; or null. `tables`: the database's ordinary tables.
[[nodiscard]] const Profile* recognise(sqlite3* database, const std::vector<std::string>& tables);

/// What the profile looks for among the ordinary tables `tables`, and is not there.
[[nodiscard]] std::vector<std::string> absent_tables(const Profile& profile,
                                                     const std::vector<std::string>& tables);

/// Counts as the profile of that name does; recognised by the tables when `profile` is empty or
/// none that this version knows. An odd schema makes the count plainer (all rows, no dates; a table
/// that cannot be counted counts as empty), never an error. Throws `kind` naming `object` when the
/// file cannot be read.
[[nodiscard]] ContentSummary summarize_database(sqlite3* database, const std::string& profile,
                                                ErrorKind kind, const std::string& object);

/// The messages of the profile and their times, into `summary`; all rows of their table, without
/// times, where the schema lacks what that takes. Throws like summarize_database.
void count_messages(sqlite3* database, const Profile& profile, ContentSummary& summary,
                    ErrorKind kind, const std::string& object);

/// What LiveDatabase::attachment_rows returns. `object` names the file in an error.
[[nodiscard]] AttachmentRows read_attachment_rows(sqlite3* database, const std::string& object,
                                                  std::size_t bytes_max);

/// The rows of all ordinary tables: how "sqlite" counts.
[[nodiscard]] std::uint64_t count_all_rows(sqlite3* database,
                                           const std::vector<std::string>& tables, ErrorKind kind,
                                           const std::string& object);

/// Throws unless `code`, a failure of a count, comes from the schema or from damage: those look the
/// same in a restored database, whereas a busy or unreadable file would make the count a lie.
void require_lasting_failure(const Query& query, ErrorKind kind, const std::string& object);

}  // namespace valise
