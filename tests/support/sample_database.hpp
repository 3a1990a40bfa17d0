#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace valise::test {

/// A read-write connection for tests. Every failure is a std::runtime_error with SQLite's words.
class SampleConnection {
 public:
  /// Creates the file when it is absent.
  explicit SampleConnection(const std::filesystem::path& path);

  void execute(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] std::string text(const std::string& sql);
  /// All rows as SQL literals, one row a line, columns separated by commas.
  [[nodiscard]] std::string rows(const std::string& sql);
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// What a sample looks like on disk.
struct SampleOptions {
  std::uint32_t page_size = 4096;
  std::string journal_mode = "delete";  ///< Or "wal", "persist", "truncate".
  std::string encoding = "UTF-8";       ///< Or "UTF-16le", "UTF-16be".
  int auto_vacuum = 0;                  ///< 0 none, 1 full, 2 incremental.
  int reserved_bytes = 0;               ///< At the end of each page, 0..255.
  bool without_rowid = false;
  bool full_text = false;  ///< An FTS5 table beside the rows.
  std::uint32_t rows = 200;
};

/// Makes a new database with the table `note(id, body, extra)`, an index, and free pages. The same
/// options give the same content.
void make_database(const std::filesystem::path& path, const SampleOptions& options = {});

/// A new database of iMessage's tables, cut down to the columns that count, with `messages`
/// messages one hour apart from 2024-01-01 on.
void make_imessage_database(const std::filesystem::path& path, std::uint32_t messages,
                            const SampleOptions& options = {});

/// Overwrites the header of the last leaf page of a table of several pages, so that SQLite finds
/// its rows malformed.
void damage_last_leaf(const std::filesystem::path& path, const std::string& table);

/// The schema and all rows of all ordinary and shadow tables, as the text by which two databases
/// are compared. Needs no module of a virtual table.
[[nodiscard]] std::string dump_database(const std::filesystem::path& path);

}  // namespace valise::test
