#include "support/sample_database.hpp"

#include <fstream>
#include <stdexcept>
#include <vector>

namespace valise::test {

namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

[[noreturn]] void fail(sqlite3* handle, const std::string& sql) {
  throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle));
}

Statement prepare(sqlite3* handle, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    fail(handle, sql);
  }
  return Statement(statement);
}

bool step(sqlite3* handle, const Statement& statement) {
  const int code = sqlite3_step(statement.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(handle, sqlite3_sql(statement.get()));
  return code == SQLITE_ROW;
}

std::string column_text(const Statement& statement, int column) {
  const unsigned char* text = sqlite3_column_text(statement.get(), column);
  return text == nullptr ? std::string() : reinterpret_cast<const char*>(text);
}

std::string literal(const Statement& statement, int column) {
  const auto size = [&] {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), column));
  };
  switch (sqlite3_column_type(statement.get(), column)) {
    case SQLITE_NULL:
      return "NULL";
    case SQLITE_TEXT: {
      const unsigned char* text = sqlite3_column_text(statement.get(), column);
      return "'" + std::string(reinterpret_cast<const char*>(text), size()) + "'";
    }
    case SQLITE_BLOB: {
      static constexpr char kDigits[] = "0123456789ABCDEF";
      const auto* bytes =
          static_cast<const unsigned char*>(sqlite3_column_blob(statement.get(), column));
      std::string out = "X'";
      for (std::size_t i = 0; i < size(); ++i) {
        out += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
      }
      return out + "'";
    }
    default:
      return column_text(statement, column);
  }
}

void shape(SampleConnection& connection, const SampleOptions& options) {
  connection.execute("PRAGMA page_size=" + std::to_string(options.page_size));
  connection.execute("PRAGMA encoding='" + options.encoding + "'");
  connection.execute("PRAGMA auto_vacuum=" + std::to_string(options.auto_vacuum));
  if (options.reserved_bytes > 0) {
    int reserved = options.reserved_bytes;
    sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  }
  connection.execute("PRAGMA synchronous=OFF");
  connection.execute("PRAGMA journal_mode=" + options.journal_mode);
}

std::string series(const std::string& count) {
  return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + count + ") ";
}

}  // namespace

SampleConnection::SampleConnection(const std::filesystem::path& path) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(handle, path.string());
  sqlite3_busy_timeout(handle, 10'000);
}

void SampleConnection::execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(handle_.get(), sql);
  }
}

std::int64_t SampleConnection::number(const std::string& sql) {
  const Statement statement = prepare(handle_.get(), sql);
  if (!step(handle_.get(), statement)) throw std::runtime_error(sql + ": no row");
  return sqlite3_column_int64(statement.get(), 0);
}

std::string SampleConnection::text(const std::string& sql) {
  const Statement statement = prepare(handle_.get(), sql);
  if (!step(handle_.get(), statement)) throw std::runtime_error(sql + ": no row");
  return column_text(statement, 0);
}

std::string SampleConnection::rows(const std::string& sql) {
  const Statement statement = prepare(handle_.get(), sql);
  std::string out;
  while (step(handle_.get(), statement)) {
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) {
      out += (i == 0 ? "" : ",") + literal(statement, i);
    }
    out += '\n';
  }
  return out;
}

void make_database(const std::filesystem::path& path, const SampleOptions& options) {
  SampleConnection connection(path);
  shape(connection, options);
  connection.execute("CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT NOT NULL, extra BLOB)" +
                     std::string(options.without_rowid ? " WITHOUT ROWID" : ""));
  connection.execute("CREATE INDEX note_by_body ON note(body)");
  const std::string count = std::to_string(options.rows);
  connection.execute("BEGIN");
  connection.execute(
      series(count) +
      "INSERT INTO note SELECT i, 'nöte ' || (i * 7919 % 1000) || ' für ' || i, "
      "CASE i % 5 WHEN 0 THEN zeroblob(i % 150 * 11) WHEN 1 THEN i * 0.5 END FROM n");
  if (options.full_text) {
    connection.execute("CREATE VIRTUAL TABLE note_text USING fts5(body)");
    connection.execute("INSERT INTO note_text(rowid, body) SELECT id, body FROM note");
  }
  connection.execute("CREATE TABLE gone(x)");
  connection.execute(series("20") + "INSERT INTO gone SELECT zeroblob(500) FROM n");
  connection.execute("DROP TABLE gone");
  connection.execute("COMMIT");
}

void make_imessage_database(const std::filesystem::path& path, std::uint32_t messages,
                            const SampleOptions& options) {
  SampleConnection connection(path);
  shape(connection, options);
  connection.execute(
      "CREATE TABLE message(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, "
      "text TEXT, attributedBody BLOB, handle_id INTEGER, date INTEGER, is_from_me INTEGER);"
      "CREATE TABLE chat(ROWID INTEGER PRIMARY KEY, guid TEXT, chat_identifier TEXT);"
      "CREATE TABLE handle(ROWID INTEGER PRIMARY KEY, id TEXT);"
      "CREATE TABLE attachment(ROWID INTEGER PRIMARY KEY, guid TEXT, filename TEXT, "
      "created_date INTEGER, total_bytes INTEGER);"
      "CREATE TABLE chat_message_join(chat_id INTEGER, message_id INTEGER, message_date INTEGER);"
      "CREATE TABLE message_attachment_join(message_id INTEGER, attachment_id INTEGER);"
      "CREATE TABLE _SqliteDatabaseProperties(key TEXT, value TEXT, UNIQUE(key));"
      "INSERT INTO _SqliteDatabaseProperties VALUES('_ClientVersion', '18026');"
      "CREATE INDEX message_idx_date ON message(date);"
      "INSERT INTO chat VALUES(1, 'iMessage;-;+10000000001', '+10000000001');"
      "INSERT INTO handle VALUES(1, '+10000000001')");
  if (messages == 0) return;
  // 725760000 s after Apple's epoch is 2024-01-01.
  connection.execute(
      series(std::to_string(messages)) +
      "INSERT INTO message(guid, text, handle_id, date, is_from_me) SELECT 'guid-' || i, "
      "'message number ' || i, 1, (725760000 + (i - 1) * 3600) * 1000000000, i % 2 FROM n");
  connection.execute(
      "INSERT INTO chat_message_join SELECT 1, ROWID, date FROM message ORDER BY ROWID");
}

void damage_last_leaf(const std::filesystem::path& path, const std::string& table) {
  std::int64_t page = 0;
  std::int64_t page_size = 0;
  {
    SampleConnection connection(path);
    page = connection.number("SELECT rootpage FROM sqlite_master WHERE name = '" + table + "'");
    page_size = connection.number("PRAGMA page_size");
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.exceptions(std::ios::failbit | std::ios::badbit);
  for (bool is_root = true;; is_root = false) {
    char header[12] = {};
    file.seekg((page - 1) * page_size);
    file.read(header, sizeof(header));
    const bool is_leaf = header[0] == 0x0d;
    if (is_leaf && is_root) throw std::runtime_error(table + " has one page");
    if (is_leaf) break;
    if (header[0] != 0x05) throw std::runtime_error(table + " is no table with row numbers");
    page = 0;
    for (int i = 8; i < 12; ++i) page = page << 8 | static_cast<unsigned char>(header[i]);
  }
  file.seekp((page - 1) * page_size);
  file.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
}

std::string dump_database(const std::filesystem::path& path) {
  SampleConnection connection(path);
  std::string out = connection.rows("SELECT type, name, tbl_name, sql FROM sqlite_master");
  std::vector<std::string> names;
  {
    const Statement statement =
        prepare(connection.handle(),
                "SELECT '\"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_master "
                "WHERE type = 'table' AND rootpage > 0");
    while (step(connection.handle(), statement)) names.push_back(column_text(statement, 0));
  }
  for (const std::string& name : names) {
    out += name + "\n" + connection.rows("SELECT * FROM " + name);
  }
  return out + connection.rows("PRAGMA encoding") + connection.rows("PRAGMA auto_vacuum") +
         connection.rows("PRAGMA user_version");
}

}  // namespace valise::test
