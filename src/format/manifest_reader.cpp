#include <algorithm>

#include "base/cursor.hpp"
#include "format/cbor.hpp"
#include "format/manifest_form.hpp"
#include "format/page_records.hpp"

namespace valise {
namespace {

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
  const std::string_view fault = manifest_fault_of(manifest, manifest.source);
  if (!fault.empty()) reader.fail(fault);
  // The reader took no count of pairs at its word: here they are proven.
  if (!std::ranges::equal(manifest_cbor(manifest, manifest.source), cbor)) {
    reader.fail("its manifest is not in the one form that its content has");
  }
  return manifest;
}

}  // namespace valise
