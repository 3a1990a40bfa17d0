#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "state/sqlite_statement.hpp"
#include "valise/audit.hpp"

namespace valise {

/// Text as it may stand in a database: one whose text is not UTF-8 confuses those who read it.
[[nodiscard]] std::string database_text(const std::string& text);
/// Times and sizes are claims and may be beyond what SQLite counts.
[[nodiscard]] std::int64_t capped_number(std::uint64_t value) noexcept;

/// Binds the columns of one row from left to right.
class RowBinder {
 public:
  explicit RowBinder(StateStatement& statement) : statement_(statement) {}
  RowBinder& text(std::string_view value) { return statement_.bind(++column_, value), *this; }
  RowBinder& number(std::uint64_t value) {
    return statement_.bind(++column_, capped_number(value)), *this;
  }
  RowBinder& flag(bool value) { return number(value ? 1 : 0); }
  RowBinder& null() { return statement_.bind_null(++column_), *this; }
  RowBinder& optional_number(const std::optional<std::int64_t>& value) {
    return value ? (statement_.bind(++column_, *value), *this) : null();
  }
  /// Two columns.
  RowBinder& time(UnixSeconds value);
  RowBinder& time(const std::optional<UnixSeconds>& value) {
    return value ? time(*value) : null().null();
  }
  void run() { statement_.run(); }

 private:
  StateStatement& statement_;
  int column_ = 0;
};

}  // namespace valise
