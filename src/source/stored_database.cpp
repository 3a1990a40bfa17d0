#include "source/stored_database.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "base/error.hpp"
#include "source/profiles/profile.hpp"
#include "source/read_fd_vfs.hpp"
#include "source/schema_guard.hpp"

namespace valise {

namespace {

// Enough for the inner pages of a walk, and small enough to stay in the processor's cache: with
// 16 MiB the check takes a quarter longer (measured).
constexpr int kStoredCacheKib = 1024;
constexpr std::size_t kProblemsMax = 100;
// Often enough to end within a moment, seldom enough to cost nothing.
constexpr int kInstructionsPerLook = 20'000;

int cancelled(void* cancellation) {
  return static_cast<const Cancellation*>(cancellation)->requested() ? 1 : 0;
}

void add_problem(std::vector<std::string>& problems, const std::string& problem) {
  if (problems.size() < kProblemsMax) problems.push_back(printable_line(problem));
}

struct CheckResult {
  std::vector<std::string> problems;
  std::string unfinished;  ///< Why the check did not run to its end; empty if it did.
};

CheckResult run_check(sqlite3* database, const std::string& pragma) {
  CheckResult result;
  Query query(database, pragma);
  while (query.next()) {
    // One row can hold many lines, one for each fault of a tree.
    const std::string found = query.text(0);
    if (found == "ok") continue;
    for (std::size_t at = 0; at < found.size();) {
      const std::size_t end = std::min(found.find('\n', at), found.size());
      if (end > at) add_problem(result.problems, found.substr(at, end - at));
      at = end + 1;
    }
  }
  if (query.code() != SQLITE_OK) result.unfinished = query.reason();
  return result;
}

/// One check of everything. Where the schema needs what this program does not have (the app's own
/// functions and collations), SQLite refuses the whole check: then each table is checked alone, and
/// those that cannot be are named.
void check_database(sqlite3* database, DatabaseCheck check, const Cancellation* cancellation,
                    std::vector<std::string>& problems) {
  const std::string name = check == DatabaseCheck::full ? "integrity_check" : "quick_check";
  const CheckResult whole = run_check(database, "PRAGMA " + name + "(100)");
  const std::vector<std::string> tables = ordinary_tables(database);
  if (whole.unfinished.empty() || tables.empty()) {
    for (const std::string& problem : whole.problems) add_problem(problems, problem);
    if (!whole.unfinished.empty()) {
      add_problem(problems, "the check could not run: " + whole.unfinished);
    }
    return;
  }
  for (const std::string& table : tables) {
    if (cancellation != nullptr) cancellation->throw_if_requested();
    if (problems.size() >= kProblemsMax) return;
    const CheckResult one =
        run_check(database, "PRAGMA " + name + "(" + quoted_literal(table) + ")");
    for (const std::string& problem : one.problems) add_problem(problems, problem);
    if (!one.unfinished.empty()) {
      add_problem(problems, "table " + table + " could not be checked: " + one.unfinished);
    }
  }
}

DatabaseReport inspect(int fd, const std::string& profile, DatabaseCheck check,
                       const std::string& object, const Cancellation* cancellation) {
  if (cancellation != nullptr) cancellation->throw_if_requested();
  int code = SQLITE_OK;
  const SqliteHandle handle = open_descriptor(fd, cancellation, code);
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorKind::corrupt, object + " does not open as a SQLite database: " + why);
  };
  if (code != SQLITE_OK) fail(sqlite3_errstr(code));
  sqlite3* database = handle.get();
  guard_connection(database);
  if (cancellation != nullptr) {
    sqlite3_progress_handler(database, kInstructionsPerLook, cancelled,
                             const_cast<Cancellation*>(cancellation));
  }
  run_statement(database, "BEGIN");
  Query query(database, "PRAGMA schema_version");
  while (query.next()) {
  }
  if (query.code() != SQLITE_OK) fail(query.reason());
  DatabaseReport report;
  const std::string schema_problem = load_schema(database, kStoredCacheKib);
  if (!schema_problem.empty()) add_problem(report.problems, schema_problem);
  Query pages(database, "PRAGMA page_count");
  if (!pages.next() || pages.integer(0) == 0) fail("it holds no page");
  report.summary = summarize_database(database, profile, ErrorKind::corrupt, object);
  if (check != DatabaseCheck::none) check_database(database, check, cancellation, report.problems);
  // The checks, too, would report failed reads.
  if (cancellation != nullptr) cancellation->throw_if_requested();
  return report;
}

}  // namespace

DatabaseReport inspect_database(int fd, const std::string& profile, DatabaseCheck check,
                                const std::string& object, const Cancellation* cancellation) {
  try {
    return inspect(fd, profile, check, object, cancellation);
  } catch (const Error&) {
    // A request in the middle shows as failed reads, which are no fault of the database.
    if (cancellation != nullptr) cancellation->throw_if_requested();
    throw;
  }
}

}  // namespace valise
