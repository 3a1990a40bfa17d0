#include "state/sqlite_statement.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/files.hpp"
#include "state/state.hpp"

namespace valise {

void StateConnection::Close::operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
void StateStatement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

StateConnection::StateConnection(const std::string& path) : path_(path) {
  if (path != kInMemory) {
    // SQLite gives its journal the mode of the database; the database gets it here.
    const UniqueFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!made) fail_file(ErrorKind::storage, "cannot open the database", path, errno);
  }
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) fail("cannot open the database");
  // Only list and scrub read beside a running backup, and they can wait a moment.
  sqlite3_busy_timeout(db, 2000);
}

void StateConnection::fail(std::string_view what) const {
  const char* why = db_ ? sqlite3_errmsg(db_.get()) : "out of memory";
  const int code = db_ ? sqlite3_errcode(db_.get()) : SQLITE_NOMEM;
  const std::string message = path_ + ": " + std::string(what) + " (" + why + ")";
  switch (code) {
    case SQLITE_BUSY:
      throw Error(ErrorKind::locked, message);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_INTERRUPT:
      throw Error(ErrorKind::storage, message);
    default:
      // All else (a table that is not there, a constraint that rows of ours cannot violate) comes
      // from content that we did not write.
      throw StateError(message);
  }
}

void StateConnection::run(std::string_view sql) {
  if (sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail("the database cannot be used");
  }
}

StateStatement::StateStatement(StateConnection& connection, std::string_view sql)
    : connection_(connection) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    connection.fail("the database cannot be used");
  }
  statement_.reset(statement);
}

StateStatement& StateStatement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

StateStatement& StateStatement::bind(int index, ByteSpan value) {
  // A null pointer would bind NULL.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  sqlite3_bind_blob64(statement_.get(), index, data, value.size(), SQLITE_STATIC);
  return *this;
}

StateStatement& StateStatement::bind(int index, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

StateStatement& StateStatement::bind_null(int index) {
  sqlite3_bind_null(statement_.get(), index);
  return *this;
}

bool StateStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) connection_.fail("the database cannot be read or written");
  return false;
}

void StateStatement::run() {
  while (step()) {
  }
  reset();
}

void StateStatement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t StateStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

ByteSpan StateStatement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

std::string StateStatement::text(int column) const { return text_of(blob(column)); }

bool StateStatement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

}  // namespace valise
