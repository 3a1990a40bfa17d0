#include "base/utf8.hpp"
#include "crypto/aead.hpp"
#include "format/catalog.hpp"
#include "format/manifest_form.hpp"
#include "format/page_records.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kPageCountMax = 0xFFFFFFFE;  // sqlite.org/limits.html, item 14.

/// Why a row cannot stand in the table; empty where it can.
std::string_view fault_of_row(const RecordInfo& row, std::uint32_t page_size, bool is_increment) {
  if (row.plain_bytes == 0 || row.plain_bytes > kRecordPlainBytesMax) {
    return "a record's plain length is over the limit, or zero";
  }
  if (row.sealed_bytes < kAeadTagBytes || row.sealed_bytes > kRecordSealedBytesMax) {
    return "a record's sealed length is over the limit, or less than a tag";
  }
  if (row.codec != RecordCodec::none && row.codec != RecordCodec::zstd) {
    return "a record has an unknown codec";
  }
  switch (row.kind) {
    case RecordKind::pages:
    case RecordKind::delta_pages:
      if ((row.kind == RecordKind::delta_pages) != is_increment) {
        return is_increment ? "an increment has records of whole pages"
                            : "a full has records of delta pages";
      }
      if (row.codec != RecordCodec::zstd) return "a record of pages is not compressed";
      if (row.plain_bytes % page_size != 0) return "a record holds a part of a page";
      return {};
    case RecordKind::catalog:
      if (row.plain_bytes > kCatalogRecordPlainBytesMax) {
        return "a catalog record's plain length is over the limit";
      }
      if (row.codec == RecordCodec::none && row.sealed_bytes != row.plain_bytes + kAeadTagBytes) {
        return "a catalog record's two lengths do not fit each other";
      }
      return {};
  }
  return "a record has an unknown kind";
}

}  // namespace

std::string_view manifest_fault_of(const Manifest& manifest, const SourceInfo& source) {
  for (const std::string* text : {&source.profile, &source.name, &source.path, &source.host,
                                  &source.app, &source.schema_version}) {
    if (text->size() > kManifestTextBytesMax) return "a text is over the limit of 4096 bytes";
    if (!valid_utf8(*text)) return "a text is not UTF-8";
  }
  if (!valid_page_size(manifest.database.page_size)) return "the page size is none of SQLite's";
  if (manifest.database.page_count > kPageCountMax) return "the page count is over SQLite's limit";
  if (manifest.records.size() > kRecordCountMax) return "the record table is over the limit";
  const bool is_increment = manifest.parent_page_root.has_value();
  for (const RecordInfo& row : manifest.records) {
    const std::string_view fault = fault_of_row(row, manifest.database.page_size, is_increment);
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace valise
