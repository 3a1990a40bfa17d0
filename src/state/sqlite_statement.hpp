#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace valise {

/// SQLite's name for a database that stands in no file.
inline constexpr std::string_view kInMemory = ":memory:";

/// The state's own database connection. A damaged file is StateError, every other failure
/// Error(storage) or Error(locked); all name the file. Not thread-safe.
class StateConnection {
 public:
  /// Opens or creates the file, mode 0600; or kInMemory.
  explicit StateConnection(const std::string& path);
  void run(std::string_view sql);
  [[nodiscard]] sqlite3* get() const noexcept { return db_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[noreturn]] void fail(std::string_view what) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const noexcept;
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
};

/// One prepared statement. Bytes bound must outlive the next step().
class StateStatement {
 public:
  StateStatement(StateConnection& connection, std::string_view sql);
  StateStatement& bind(int index, std::int64_t value);
  StateStatement& bind(int index, ByteSpan value);
  StateStatement& bind(int index, std::string_view value);
  StateStatement& bind_null(int index);
  /// True when there is a row.
  bool step();
  /// Runs a statement without rows and makes it ready for the next use.
  void run();
  void reset();
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Valid until the next step or reset.
  [[nodiscard]] ByteSpan blob(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  StateConnection& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace valise
