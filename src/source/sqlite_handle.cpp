#include "source/sqlite_handle.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "base/unicode.hpp"
#include "base/utf8.hpp"

namespace valise {

namespace {

constexpr std::size_t kLineBytesMax = 300;

std::string doubled(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

void SqliteClose::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void SqliteFinalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}
void SqliteBackupFinish::operator()(sqlite3_backup* backup) const noexcept {
  sqlite3_backup_finish(backup);
}

Query::Query(sqlite3* database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) fail(code);
}

bool Query::next() {
  if (code_ != SQLITE_OK || !statement_) return false;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(code);
  statement_.reset();
  return false;
}

void Query::fail(int code) {
  const int extended = sqlite3_extended_errcode(database_);
  code_ = (extended & 0xff) == (code & 0xff) ? extended : code;
  reason_ = printable_line(sqlite3_errmsg(database_));
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

bool Query::is_text(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_TEXT;
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Query::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Query::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (text == nullptr || size <= 0) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

int run_statement(sqlite3* database, const std::string& sql) {
  Query query(database, sql);
  while (query.next()) {
  }
  return query.code();
}

std::string quoted_identifier(const std::string& name) { return doubled(name, '"'); }
std::string quoted_literal(const std::string& text) { return doubled(text, '\''); }

std::string printable_line(const std::string& text) {
  std::string line = replace_invalid_utf8(text.substr(0, kLineBytesMax));
  if (!has_control_characters(line)) return line;
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  if (!has_control_characters(line)) return line;
  // Marks that turn the direction of writing are several bytes long: such a line loses everything
  // that is not ASCII.
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return line;
}

}  // namespace valise
