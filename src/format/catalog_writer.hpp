#pragma once

#include <functional>
#include <string>

#include "format/catalog.hpp"

namespace valise {

/// Fills record plaintexts of at most kCatalogRecordPlainBytesMax bytes (one file with more pieces
/// than fit continues in the next record). Files come sorted by path, each once, and within the
/// format's limits, else Error(corrupt). Fields that a state does not have (formats/catalog.md) are
/// left out. The sink's span holds keys, and is wiped after the call. A catalog without files has
/// no record. Format: formats/catalog.md.
class CatalogWriter {
 public:
  explicit CatalogWriter(std::function<void(ByteSpan plain)> sink) : sink_(std::move(sink)) {}
  CatalogWriter(const CatalogWriter&) = delete;
  CatalogWriter& operator=(const CatalogWriter&) = delete;
  ~CatalogWriter() { wipe(buffer_); }
  void add(const CatalogFile& file);
  void finish();

 private:
  void flush();

  std::function<void(ByteSpan)> sink_;
  Bytes buffer_;
  std::string last_path_;
};

}  // namespace valise
