#pragma once

// Private to this room: SQLite's handles, owned. sqlite3.h itself stays in the .cpp files.

#include <cstdint>
#include <memory>
#include <string>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_backup;

namespace valise {

struct SqliteClose {
  void operator()(sqlite3* handle) const noexcept;
};
struct SqliteFinalize {
  void operator()(sqlite3_stmt* statement) const noexcept;
};
struct SqliteBackupFinish {
  void operator()(sqlite3_backup* backup) const noexcept;
};

using SqliteHandle = std::unique_ptr<sqlite3, SqliteClose>;
using SqliteStatement = std::unique_ptr<sqlite3_stmt, SqliteFinalize>;
using SqliteBackup = std::unique_ptr<sqlite3_backup, SqliteBackupFinish>;

/// One statement and its rows. Failures are values, because most of them have an answer (retry,
/// a plainer query, a line in a report): `next` returns false and `code` tells the end (SQLITE_OK)
/// from a failure (an extended result code). Not thread-safe; the connection must outlive it.
class Query {
 public:
  Query(sqlite3* database, const std::string& sql);

  [[nodiscard]] bool next();
  [[nodiscard]] int code() const noexcept { return code_; }
  /// SQLite's own words for the failure, fit for a terminal.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] bool is_text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  void fail(int code);

  sqlite3* database_;
  SqliteStatement statement_;
  int code_ = 0;
  std::string reason_;
};

/// Runs a statement to its end and returns its result code, SQLITE_OK or a failure.
int run_statement(sqlite3* database, const std::string& sql);

/// A name as an SQL identifier, whatever is in it.
[[nodiscard]] std::string quoted_identifier(const std::string& name);
/// A text as an SQL literal.
[[nodiscard]] std::string quoted_literal(const std::string& text);

/// At most 300 characters of `text` as one printable line. Names from a schema end up in SQLite's
/// messages, and a hostile one must not reach a terminal with its control characters.
[[nodiscard]] std::string printable_line(const std::string& text);

}  // namespace valise
