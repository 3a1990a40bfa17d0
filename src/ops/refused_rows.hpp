#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace valise {

/// A row that a restore of a whole snapshot leaves out, and what to do about it.
struct RefusedRow {
  std::string path;
  const char* problem = nullptr;
};

/// Which rows of a catalog a restore of the whole snapshot leaves out, whatever its target is:
/// those in the database's places, and those below which others stand ("a" and "a/b": what was a
/// folder is a file or a symlink by now, and the database still names what was in it). Of these two
/// the ones below come back, since no place is left for them otherwise. Told the rows in the
/// catalog's order, it keeps 8 bytes for each such row and the path of one. Not thread-safe.
class RefusedRows {
 public:
  /// `database` is the database's file name, or empty where it does not come along.
  explicit RefusedRows(std::string database) : database_(std::move(database)) {}

  /// The next row that is to come back: present or a symlink, paths ascending. Gives the one that
  /// this shows to be left out, which is it or one before it; each is given once.
  std::optional<RefusedRow> add(const std::string& path);

  /// The same rows once more, after the last add(), which outlives it.
  class Again {
   public:
    explicit Again(const RefusedRows& rows);
    /// Why the next row is left out, or nullptr.
    [[nodiscard]] const char* next(std::string_view path);

   private:
    const RefusedRows& rows_;
    std::vector<std::uint64_t> above_;  // Ascending.
    std::size_t next_above_ = 0;
    std::uint64_t number_ = 0;
  };

 private:
  struct Above {
    std::size_t length = 0;    // So much of last_ is its path.
    std::uint64_t number = 0;  // Of the rows that are not in the database's places.
  };
  [[nodiscard]] bool is_place_of_database(std::string_view path) const;

  std::string database_;
  std::string last_;
  std::vector<Above> begins_;  // The rows that last_ begins with, itself included; ascending.
  std::uint64_t number_ = 0;
  std::vector<std::uint64_t> above_;  // Those below which others stand, by number.
};

}  // namespace valise
