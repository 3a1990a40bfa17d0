#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/cursor.hpp"
#include "format/catalog.hpp"

namespace valise {

/// Reads record plaintexts one after the other and gives their files one by one, when asked: memory
/// is that of one file. Throws Error(corrupt) naming `object`. Not thread-safe.
class CatalogRows {
 public:
  /// The next record, after all files of the one before were asked for. `plain` and `object`
  /// outlive the calls of next().
  void begin(ByteSpan plain, std::string_view object);
  /// The record's next file; nothing where it holds no further one that is whole.
  [[nodiscard]] std::optional<CatalogFile> next();
  /// Throws where the last record broke off inside a file.
  void finish(std::string_view object) const;

 private:
  std::optional<ByteReader> reader_;
  bool first_ = true;  // No row of this record was read yet.
  std::optional<CatalogFile> open_file_;
  std::string last_path_;
};

/// The same, but each record hands out all its files at once. Memory is that of one record and one
/// file.
class CatalogReader {
 public:
  explicit CatalogReader(std::function<void(CatalogFile file)> sink) : sink_(std::move(sink)) {}
  void add(ByteSpan plain, std::string_view object);
  void finish(std::string_view object) const { rows_.finish(object); }

 private:
  std::function<void(CatalogFile)> sink_;
  CatalogRows rows_;
};

}  // namespace valise
