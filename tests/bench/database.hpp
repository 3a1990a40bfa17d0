#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace valise::bench {

/// A connection for writing samples: fast, and careless about power cuts.
/// Every failure is a std::runtime_error with SQLite's own words.
class Database {
 public:
  /// Creates the file when it is absent.
  explicit Database(const std::filesystem::path& path);

  void execute(const std::string& sql);
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] std::int64_t last_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// One prepared statement. What is bound is not copied: it must live until the next `step`.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  void bind(int at, std::int64_t value);
  void bind(int at, std::string_view text);
  void bind(int at, std::span<const std::uint8_t> bytes);
  void bind_null(int at);

  /// True while there is a row; the last call resets the statement.
  bool step();
  /// Runs a statement that returns no rows.
  void run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] const Database& connection() const { return database_; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void check(int code) const;

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Commits on `commit`, rolls back when it goes out of scope without it.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace valise::bench
