#include "format/manifest.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/error.hpp"
#include "format/vector_file.hpp"

namespace valise {
namespace {

using nlohmann::json;
using test::unhex;
using test::vector_file;

Bytes32 id_of(const json& text) { return array_of<32>(unhex(text)); }

RecordInfo row_of(const json& row) {
  RecordInfo record;
  const auto kind = row[0].get<std::string>();
  record.kind = kind == "pages"         ? RecordKind::pages
                : kind == "delta_pages" ? RecordKind::delta_pages
                                        : RecordKind::catalog;
  record.codec = row[1] == "zstd" ? RecordCodec::zstd : RecordCodec::none;
  record.sealed_bytes = row[2].get<std::uint32_t>();
  record.plain_bytes = row[3].get<std::uint32_t>();
  return record;
}

Manifest manifest_of(const json& fields) {
  Manifest manifest;
  const json& source = fields.at("source");
  manifest.source = {source.at("profile"), source.at("name"), source.at("path"),
                     source.at("host"),    source.at("app"),  source.at("schema_version")};
  manifest.captured_at = fields.at("captured_at");
  if (fields.contains("origin")) {
    manifest.origin = {id_of(fields["origin"]["entry_id"]), fields["origin"]["time"]};
  }
  const json& database = fields.at("database");
  manifest.database = {database.at("page_size"),
                       database.at("page_count"),
                       id_of(database.at("page_root")),
                       database.at("messages"),
                       {},
                       {}};
  if (database.contains("first_message"))
    manifest.database.first_message = database["first_message"];
  if (database.contains("last_message")) manifest.database.last_message = database["last_message"];
  for (const json& row : fields.at("records")) manifest.records.push_back(row_of(row));
  if (fields.contains("parent_page_root")) {
    manifest.parent_page_root = id_of(fields["parent_page_root"]);
  }
  return manifest;
}

Manifest sample(const std::string& name = "full") {
  return manifest_of(vector_file("manifest", name).at("manifest"));
}

std::string refusal(ByteSpan cbor) {
  try {
    static_cast<void>(decode_manifest(cbor, "backup 3f9a"));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(std::string(error.what()).starts_with("backup 3f9a: "));
    return error.what();
  }
  return {};
}

template <typename Change>
bool over_a_limit(const std::string& name, Change change) {
  Manifest manifest = sample(name);
  change(manifest);
  try {
    static_cast<void>(encode_manifest(manifest));
  } catch (const Error& error) {
    return error.kind() == ErrorKind::limit;
  }
  return false;
}

std::string path_after_a_trip(std::string path) {
  Manifest manifest = sample();
  manifest.source.path = std::move(path);
  return decode_manifest(encode_manifest(manifest), "backup 3f9a").source.path;
}

}  // namespace

TEST_CASE("manifests are written and read byte for byte as in the vectors") {
  for (const char* name : {"full", "increment", "copy", "empty"}) {
    CAPTURE(name);
    const json vector = vector_file("manifest", name);
    const Manifest manifest = manifest_of(vector.at("manifest"));
    CHECK(hex(encode_manifest(manifest)) == vector.at("cbor").get<std::string>());

    const Manifest read = decode_manifest(unhex(vector.at("cbor")), "backup 3f9a");
    CHECK(read.source.profile == manifest.source.profile);
    CHECK(read.source.name == manifest.source.name);
    CHECK(read.source.path == manifest.source.path);
    CHECK(read.source.host == manifest.source.host);
    CHECK(read.source.app == manifest.source.app);
    CHECK(read.source.schema_version == manifest.source.schema_version);
    CHECK(read.captured_at == manifest.captured_at);
    REQUIRE(read.origin.has_value() == manifest.origin.has_value());
    if (read.origin) {
      CHECK(read.origin->entry_id == manifest.origin->entry_id);
      CHECK(read.origin->time == manifest.origin->time);
    }
    CHECK(read.database.page_size == manifest.database.page_size);
    CHECK(read.database.page_count == manifest.database.page_count);
    CHECK(read.database.page_root == manifest.database.page_root);
    CHECK(read.database.messages == manifest.database.messages);
    CHECK(read.database.first_message == manifest.database.first_message);
    CHECK(read.database.last_message == manifest.database.last_message);
    CHECK(read.records == manifest.records);
    CHECK(read.parent_page_root == manifest.parent_page_root);
  }
}

TEST_CASE("a manifest that no writer makes is refused") {
  const json cases = vector_file("manifest", "refused");
  CHECK(cases.size() >= 100);
  for (const json& refused : cases) {
    CAPTURE(refused.at("name").get<std::string>());
    CHECK_FALSE(refusal(unhex(refused.at("cbor"))).empty());
  }
}

TEST_CASE("a manifest of a newer version is refused with the way out") {
  const std::string message = refusal(unhex(vector_file("manifest", "newer").at("cbor")));
  CHECK(message.find("newer valise") != std::string::npos);
  CHECK(message.find("update") != std::string::npos);
}

TEST_CASE("attack: truncate at every length; append garbage: a manifest's CBOR") {
  for (const char* name : {"full", "increment", "copy"}) {
    const Bytes cbor = unhex(vector_file("manifest", name).at("cbor"));
    for (std::size_t size = 0; size < cbor.size(); ++size) {
      CHECK_FALSE(refusal(ByteSpan(cbor).first(size)).empty());
    }
    for (int byte = 0; byte < 256; ++byte) {
      Bytes longer = cbor;
      longer.push_back(static_cast<std::uint8_t>(byte));
      CHECK_FALSE(refusal(longer).empty());
    }
  }
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: "
    "CBOR nesting") {
  // Arrays, maps, tags, and strings of indefinite length, five million deep each.
  for (const std::uint8_t opening : Bytes{0x81, 0x9F, 0xA1, 0xBF, 0xC1, 0x5F, 0x7F}) {
    const Bytes nested(5'000'000, opening);
    CHECK_FALSE(refusal(nested).empty());
    Bytes after_version{0xA5, 0x61, 'v', 0x01};
    append(after_version, nested);
    CHECK_FALSE(refusal(after_version).empty());
    Bytes in_source{0xA5, 0x61, 'v', 0x01, 0x66, 's', 'o', 'u', 'r', 'c', 'e'};
    append(in_source, nested);
    CHECK_FALSE(refusal(in_source).empty());
  }
}

TEST_CASE("a record table of half a million rows comes back") {
  Manifest manifest = sample();
  manifest.records.assign(500'000, {RecordKind::pages, RecordCodec::zstd, 100'000, 262'144});
  const Bytes cbor = encode_manifest(manifest);
  CHECK(cbor.size() < 500'000 * 12 + 400);
  CHECK(decode_manifest(cbor, "backup 3f9a").records == manifest.records);
}

TEST_CASE("a damaged manifest is refused, or is another manifest in its one form") {
  std::mt19937_64 random(20240502);
  std::size_t read = 0;
  for (const char* name : {"full", "increment", "copy"}) {
    const Bytes cbor = unhex(vector_file("manifest", name).at("cbor"));
    for (int round = 0; round < 4000; ++round) {
      Bytes damaged = cbor;
      for (std::size_t i = 1 + random() % 3; i > 0; --i) {
        damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      }
      std::optional<Manifest> manifest;
      try {
        manifest = decode_manifest(damaged, "backup 3f9a");
      } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::corrupt);
      }
      if (!manifest) continue;
      ++read;
      REQUIRE(encode_manifest(*manifest) == damaged);
    }
  }
  CHECK(read > 1000);  // Damage inside a hash or a number is not for this layer to see.
  CHECK(read < 11000);
}

TEST_CASE("paths that are not UTF-8 are written with U+FFFD for each stray byte") {
  CHECK(path_after_a_trip("/home/ada/Größe") == "/home/ada/Größe");
  CHECK(path_after_a_trip("/a\xFF/b") == "/a\xEF\xBF\xBD/b");
  CHECK(path_after_a_trip("\x80") == "\xEF\xBF\xBD");
  CHECK(path_after_a_trip("a\xE2\x82") == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(path_after_a_trip("\xC3\xA4\xC3") == "\xC3\xA4\xEF\xBF\xBD");
  CHECK(path_after_a_trip("\xF0\x9F\x93\xA6\xED\xA0\x80") ==
        "\xF0\x9F\x93\xA6\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a manifest over its limits is not written") {
  CHECK_FALSE(over_a_limit("full", [](Manifest&) {}));
  CHECK_FALSE(over_a_limit("full", [](Manifest& m) { m.source.path.assign(4096, 'x'); }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.source.path.assign(4097, 'x'); }));
  // Each byte becomes three.
  CHECK(over_a_limit("full", [](Manifest& m) { m.source.name.assign(2000, '\xFF'); }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.database.page_size = 1000; }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.database.page_count = 0xFFFFFFFF; }));
  CHECK(
      over_a_limit("full", [](Manifest& m) { m.records[0].plain_bytes = 8 * 1024 * 1024 + 4096; }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.records[0].plain_bytes = 0; }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.records[0].sealed_bytes = 15; }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.records[0].codec = RecordCodec{2}; }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.records[0].kind = RecordKind{9}; }));
  CHECK(over_a_limit("full", [](Manifest& m) { m.records[0].kind = RecordKind::delta_pages; }));
  CHECK(over_a_limit("increment", [](Manifest& m) { m.records[0].kind = RecordKind::pages; }));
  CHECK(over_a_limit("increment", [](Manifest& m) { m.parent_page_root.reset(); }));
  CHECK(over_a_limit("full",
                     [](Manifest& m) { m.records.resize(kRecordCountMax + 1, m.records[0]); }));
}

}  // namespace valise
