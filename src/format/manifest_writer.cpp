#include <algorithm>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "format/cbor.hpp"
#include "format/manifest_form.hpp"

namespace valise {
namespace {

/// Paths and names come from file systems, which do not promise UTF-8: U+FFFD stands for each byte
/// that belongs to no code point. They are for people to read; nothing is ever opened by them.
std::string readable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    out.append(length > 0 ? text.substr(0, length) : "\xEF\xBF\xBD");
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

SourceInfo readable(const SourceInfo& source) {
  return {readable(source.profile), readable(source.name), readable(source.path),
          readable(source.host),    readable(source.app),  readable(source.schema_version)};
}

Bytes encode_rows(const std::vector<RecordInfo>& records) {
  ByteWriter rows;
  for (const RecordInfo& row : records) {
    rows.u8(static_cast<std::uint8_t>(row.kind)).u8(static_cast<std::uint8_t>(row.codec)).zero(2);
    rows.u32(row.sealed_bytes).u32(row.plain_bytes);
  }
  return rows.take();
}

void write_database(CborWriter& writer, const DatabaseInfo& database) {
  const int optional_keys = (database.last_message ? 1 : 0) + (database.first_message ? 1 : 0);
  writer.text("database").map(static_cast<std::uint64_t>(4 + optional_keys));
  writer.text("messages").unsigned_integer(database.messages);
  writer.text("page_root").bytes(database.page_root);
  writer.text("page_size").unsigned_integer(database.page_size);
  writer.text("page_count").unsigned_integer(database.page_count);
  if (database.last_message) writer.text("last_message").integer(*database.last_message);
  if (database.first_message) writer.text("first_message").integer(*database.first_message);
}

}  // namespace

/// Every map's keys stand in the order of their encoded bytes: shorter ones first.
Bytes manifest_cbor(const Manifest& manifest, const SourceInfo& source) {
  CborWriter writer;
  const int optional_keys = (manifest.origin ? 1 : 0) + (manifest.parent_page_root ? 1 : 0);
  writer.map(static_cast<std::uint64_t>(5 + optional_keys));
  writer.text("v").unsigned_integer(kManifestVersion);
  if (manifest.origin) {
    writer.text("origin").map(2);
    writer.text("time").unsigned_integer(manifest.origin->time);
    writer.text("entry_id").bytes(manifest.origin->entry_id);
  }
  writer.text("source").map(6);
  writer.text("app").text(source.app).text("host").text(source.host);
  writer.text("name").text(source.name).text("path").text(source.path);
  writer.text("profile").text(source.profile);
  writer.text("schema_version").text(source.schema_version);
  writer.text("records").bytes(encode_rows(manifest.records));
  write_database(writer, manifest.database);
  writer.text("captured_at").unsigned_integer(manifest.captured_at);
  if (manifest.parent_page_root) writer.text("parent_page_root").bytes(*manifest.parent_page_root);
  return writer.take();
}

Bytes encode_manifest(const Manifest& manifest) {
  const SourceInfo source = readable(manifest.source);
  const std::string_view fault = manifest_fault_of(manifest, source);
  if (!fault.empty()) throw Error(ErrorKind::limit, "manifest: " + std::string(fault));
  return manifest_cbor(manifest, source);
}

}  // namespace valise
