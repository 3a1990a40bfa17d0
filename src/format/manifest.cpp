#include "format/manifest.hpp"

#include <algorithm>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
#include "crypto/aead.hpp"
#include "format/catalog.hpp"
#include "format/cbor.hpp"
#include "format/page_records.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kManifestVersion = 1;
constexpr std::size_t kRecordRowBytes = 12;
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

/// Why the manifest cannot be; empty where it can. The same for writing and for reading. `source`
/// is the manifest's, made readable.
std::string_view fault_of(const Manifest& manifest, const SourceInfo& source) {
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

/// Every map's keys stand in the order of their encoded bytes: shorter ones first.
Bytes write(const Manifest& manifest, const SourceInfo& source) {
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

Bytes32 read_bytes32(CborReader& reader) {
  const ByteSpan bytes = reader.bytes();
  if (bytes.size() != 32) reader.fail("an identifier is not of 32 bytes");
  return array_of<32>(bytes);
}

std::string read_text(CborReader& reader, std::string_view key) {
  reader.key(key);
  const std::string_view text = reader.text();
  if (text.size() > kManifestTextBytesMax) reader.fail("a text is over the limit of 4096 bytes");
  return std::string(text);
}

void read_source(CborReader& reader, SourceInfo& source) {
  reader.key("source");
  static_cast<void>(reader.map());
  source.app = read_text(reader, "app");
  source.host = read_text(reader, "host");
  source.name = read_text(reader, "name");
  source.path = read_text(reader, "path");
  source.profile = read_text(reader, "profile");
  source.schema_version = read_text(reader, "schema_version");
}

std::vector<RecordInfo> read_rows(CborReader& reader, std::string_view object) {
  reader.key("records");
  const ByteSpan table = reader.bytes();
  if (table.size() % kRecordRowBytes != 0) reader.fail("its record table ends inside a row");
  if (table.size() / kRecordRowBytes > kRecordCountMax) {
    reader.fail("its record table is over the limit");
  }
  std::vector<RecordInfo> records;
  records.reserve(table.size() / kRecordRowBytes);
  ByteReader rows(table, object);
  while (rows.remaining() > 0) {
    RecordInfo row;
    row.kind = static_cast<RecordKind>(rows.u8());
    row.codec = static_cast<RecordCodec>(rows.u8());
    rows.expect_zero(2);
    row.sealed_bytes = rows.u32();
    row.plain_bytes = rows.u32();
    records.push_back(row);
  }
  return records;
}

void read_database(CborReader& reader, DatabaseInfo& database) {
  reader.key("database");
  static_cast<void>(reader.map());
  reader.key("messages");
  database.messages = reader.unsigned_integer();
  reader.key("page_root");
  database.page_root = read_bytes32(reader);
  reader.key("page_size");
  const std::uint64_t page_size = reader.unsigned_integer();
  if (!valid_page_size(page_size)) reader.fail("the page size is none of SQLite's");
  database.page_size = static_cast<std::uint32_t>(page_size);
  reader.key("page_count");
  database.page_count = reader.unsigned_integer();
  if (reader.optional_key("last_message")) database.last_message = reader.integer();
  if (reader.optional_key("first_message")) database.first_message = reader.integer();
}

}  // namespace

Bytes encode_manifest(const Manifest& manifest) {
  const SourceInfo source = readable(manifest.source);
  const std::string_view fault = fault_of(manifest, source);
  if (!fault.empty()) throw Error(ErrorKind::limit, "manifest: " + std::string(fault));
  return write(manifest, source);
}

Manifest decode_manifest(ByteSpan cbor, std::string_view object) {
  CborReader reader(cbor, object);
  static_cast<void>(reader.map());
  reader.key("v");
  const std::uint64_t version = reader.unsigned_integer();
  if (version > kManifestVersion) {
    reader.fail("its manifest was made by a newer valise; update this one to read it");
  }
  if (version != kManifestVersion) reader.fail("its manifest has a version that never was");
  Manifest manifest;
  if (reader.optional_key("origin")) {
    OriginInfo& origin = manifest.origin.emplace();
    static_cast<void>(reader.map());
    reader.key("time");
    origin.time = reader.unsigned_integer();
    reader.key("entry_id");
    origin.entry_id = read_bytes32(reader);
  }
  read_source(reader, manifest.source);
  manifest.records = read_rows(reader, object);
  read_database(reader, manifest.database);
  reader.key("captured_at");
  manifest.captured_at = reader.unsigned_integer();
  if (reader.optional_key("parent_page_root")) manifest.parent_page_root = read_bytes32(reader);
  reader.expect_end();
  const std::string_view fault = fault_of(manifest, manifest.source);
  if (!fault.empty()) reader.fail(fault);
  // The reader took no count of pairs at its word: here they are proven.
  if (!std::ranges::equal(write(manifest, manifest.source), cbor)) {
    reader.fail("its manifest is not in the one form that its content has");
  }
  return manifest;
}

}  // namespace valise
