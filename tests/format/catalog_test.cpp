#include "format/catalog.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.hpp"
#include "crypto/aead.hpp"
#include "format/catalog_reader.hpp"
#include "format/catalog_writer.hpp"
#include "format/vector_file.hpp"
#include "support/effort.hpp"

namespace valise {
namespace {

using nlohmann::json;
using test::unhex;
using test::vector_file;

std::vector<Bytes> records_of(const json& texts) {
  std::vector<Bytes> records;
  for (const json& text : texts) records.push_back(unhex(text));
  return records;
}

CatalogPiece piece_of(const json& fields) {
  CatalogPiece piece;
  piece.pack = array_of<32>(unhex(fields.at("pack")));
  piece.offset = fields.at("offset");
  piece.sealed_bytes = fields.at("sealed_bytes");
  piece.plain_bytes = fields.at("plain_bytes");
  piece.codec = fields.at("codec") == "zstd" ? RecordCodec::zstd : RecordCodec::none;
  piece.key = array_of<32>(unhex(fields.at("key")));
  return piece;
}

CatalogFile file_of(const json& fields) {
  const std::string state = fields.at("state");
  CatalogFile file;
  file.path = fields.at("path");
  file.state = state == "present"   ? FileState::present
               : state == "missing" ? FileState::missing
               : state == "symlink" ? FileState::symlink
                                    : FileState::removed;
  file.mode = fields.value("mode", 0U);
  file.size = fields.value("size", std::uint64_t{0});
  file.mtime_ns = fields.value("mtime_ns", std::int64_t{0});
  file.link = fields.value("link", "");
  if (fields.contains("content_hash")) {
    file.content_hash = array_of<32>(unhex(fields["content_hash"]));
  }
  for (const json& piece : fields.value("pieces", json::array())) {
    file.pieces.push_back(piece_of(piece));
  }
  return file;
}

std::vector<CatalogFile> files_of(const json& fields) {
  std::vector<CatalogFile> files;
  for (const json& file : fields) files.push_back(file_of(file));
  return files;
}

bool same_piece(const CatalogPiece& a, const CatalogPiece& b) {
  return a.pack == b.pack && a.offset == b.offset && a.sealed_bytes == b.sealed_bytes &&
         a.plain_bytes == b.plain_bytes && a.codec == b.codec && a.key == b.key;
}

bool same_file(const CatalogFile& a, const CatalogFile& b) {
  return a.path == b.path && a.state == b.state && a.mode == b.mode && a.size == b.size &&
         a.mtime_ns == b.mtime_ns && a.content_hash == b.content_hash && a.link == b.link &&
         std::ranges::equal(a.pieces, b.pieces, same_piece);
}

bool same_files(const std::vector<CatalogFile>& a, const std::vector<CatalogFile>& b) {
  return std::ranges::equal(a, b, same_file);
}

std::vector<Bytes> written(const std::vector<CatalogFile>& files) {
  std::vector<Bytes> records;
  CatalogWriter writer([&](ByteSpan plain) { records.emplace_back(plain.begin(), plain.end()); });
  for (const CatalogFile& file : files) writer.add(file);
  writer.finish();
  return records;
}

std::vector<CatalogFile> read(const std::vector<Bytes>& records) {
  std::vector<CatalogFile> files;
  CatalogReader reader([&](CatalogFile file) { files.push_back(std::move(file)); });
  for (const Bytes& record : records) reader.add(record, "backup 3f9a: record 9");
  reader.finish("backup 3f9a: record 9");
  return files;
}

bool refused(const std::vector<Bytes>& records) {
  try {
    static_cast<void>(read(records));
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("backup 3f9a: record 9: "));
    return error.kind() == ErrorKind::corrupt;
  }
  return false;
}

bool not_written(const std::vector<CatalogFile>& files) {
  try {
    static_cast<void>(written(files));
  } catch (const Error& error) {
    return error.kind() == ErrorKind::corrupt;
  }
  return false;
}

Bytes32 random32(std::mt19937_64& random) {
  Bytes32 bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

CatalogFile random_file(std::mt19937_64& random, std::string path, std::size_t pieces) {
  CatalogFile file;
  file.path = std::move(path);
  file.mode = random() % 010000;
  file.mtime_ns = static_cast<std::int64_t>(random());
  file.content_hash = random32(random);
  Bytes32 pack = random32(random);
  for (std::size_t i = 0; i < pieces; ++i) {
    CatalogPiece piece;
    if (random() % 4 == 0) pack = random32(random);
    piece.pack = pack;
    piece.offset = 8 + random() % 30'000'000;
    piece.plain_bytes = 1 + random() % (8 * 1024 * 1024);
    piece.codec = random() % 2 == 0 ? RecordCodec::zstd : RecordCodec::none;
    piece.sealed_bytes = piece.codec == RecordCodec::none
                             ? piece.plain_bytes + static_cast<std::uint32_t>(kAeadTagBytes)
                             : 16 + static_cast<std::uint32_t>(random() % piece.plain_bytes);
    piece.key = random32(random);
    file.size += piece.plain_bytes;
    file.pieces.push_back(piece);
  }
  return file;
}

std::string numbered(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "Attachments/" + std::string(8 - digits.size(), '0') + digits + "/IMG.HEIC";
}

}  // namespace

TEST_CASE("catalogs are written and read byte for byte as in the vectors") {
  for (const char* name : {"full", "increment"}) {
    CAPTURE(name);
    const json vector = vector_file("catalog", name);
    const std::vector<CatalogFile> files = files_of(vector.at("files"));
    CHECK(written(files) == records_of(vector.at("records")));
    CHECK(same_files(read(records_of(vector.at("records"))), files));
  }
}

TEST_CASE("a file whose pieces are spread over several records is read as one") {
  const json vector = vector_file("catalog", "continued");
  CHECK(same_files(read(records_of(vector.at("records"))), files_of(vector.at("files"))));
}

TEST_CASE("a catalog that no writer makes is refused") {
  const json cases = vector_file("catalog", "refused");
  CHECK(cases.size() >= 190);
  for (const json& malformed : cases) {
    CAPTURE(malformed.at("name").get<std::string>());
    CHECK(refused(records_of(malformed.at("records"))));
  }
  CHECK(refused({Bytes(kCatalogRecordPlainBytesMax + 1, 2)}));
}

TEST_CASE("an empty catalog has no record") {
  CHECK(written({}).empty());
  CHECK(read({}).empty());
}

TEST_CASE("a catalog of many files fills records up to their limit and comes back") {
  std::mt19937_64 random(20240503);
  std::vector<CatalogFile> files;
  for (std::size_t i = 0; i < 20'000; ++i) {
    files.push_back(random_file(random, numbered(i), i % 3));
    if (i % 7 == 0) {
      CatalogFile missing;
      missing.path = numbered(i) + ".gone";
      missing.state = FileState::missing;
      missing.size = random();
      files.push_back(missing);
    }
  }
  const std::vector<Bytes> records = written(files);
  CHECK(records.size() >= 3);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(records[i].size() <= kCatalogRecordPlainBytesMax);
    if (i + 1 < records.size()) CHECK(records[i].size() > kCatalogRecordPlainBytesMax - 1000);
  }
  CHECK(same_files(read(records), files));
  CHECK(written(files) == records);
}

TEST_CASE("a file with more pieces than a record holds continues in the next ones") {
  std::mt19937_64 random(20240504);
  std::vector<CatalogFile> files;
  files.push_back(random_file(random, "a", 1));
  files.push_back(random_file(random, "b", 60'000));
  files.push_back(random_file(random, "c", 1));
  const std::vector<Bytes> records = written(files);
  CHECK(records.size() >= 4);
  for (const Bytes& record : records) CHECK(record.size() <= kCatalogRecordPlainBytesMax);
  CHECK(same_files(read(records), files));
  CHECK(refused({records[0], records[1]}));
  CHECK(refused({records[0], records[2]}));
  CHECK(refused({records[1], records[0]}));
  CHECK(refused({records[2]}));
}

TEST_CASE("a record may be filled to the last byte") {
  std::mt19937_64 random(20240505);
  // Paths of every length move the end of the first record over every position of a row.
  for (std::size_t extra = 0; extra < 300; extra += test::kStride) {
    std::vector<CatalogFile> files;
    files.push_back(random_file(random, "a" + std::string(extra, 'x'), 0));
    files.push_back(random_file(random, "b", 15'000));
    files.push_back(random_file(random, "c", 3));
    const std::vector<Bytes> records = written(files);
    std::size_t longest = 0;
    for (const Bytes& record : records) longest = std::max(longest, record.size());
    REQUIRE(longest <= kCatalogRecordPlainBytesMax);
    if (extra % 60 == 0) REQUIRE(same_files(read(records), files));
  }
}

TEST_CASE("the writer refuses what the reader would") {
  std::mt19937_64 random(20240506);
  const CatalogFile good = random_file(random, "a/b", 2);
  const auto refused_with = [&](auto change) {
    CatalogFile file = good;
    change(file);
    return not_written({file});
  };
  CHECK_FALSE(not_written({good}));
  CHECK(not_written({good, good}));
  CHECK(not_written({random_file(random, "b", 1), random_file(random, "a", 1)}));
  CHECK(refused_with([](CatalogFile& f) { f.path = "../x"; }));
  CHECK(refused_with([](CatalogFile& f) { f.size += 1; }));
  CHECK(refused_with([](CatalogFile& f) { f.pieces.clear(); }));
  CHECK(refused_with([](CatalogFile& f) { f.mode = 0100644; }));
  CHECK(refused_with([](CatalogFile& f) { f.state = FileState{0}; }));
  CHECK(refused_with([](CatalogFile& f) { f.state = FileState{5}; }));
  CHECK(refused_with([](CatalogFile& f) { f.state = FileState::removed; }));
  CHECK(refused_with([](CatalogFile& f) { f.state = FileState::missing; }));
  CHECK(refused_with([](CatalogFile& f) { f.pieces[0].offset = 7; }));
  CHECK(refused_with([](CatalogFile& f) { f.pieces[0].offset = ~0ULL; }));
  CHECK(refused_with([](CatalogFile& f) { f.pieces[0].sealed_bytes = 15; }));
  CHECK(refused_with([](CatalogFile& f) { f.pieces[0].codec = RecordCodec{2}; }));
  CatalogFile link;
  link.path = "link";
  link.state = FileState::symlink;
  CHECK(not_written({link}));
  link.link = std::string("a\0b", 3);
  CHECK(not_written({link}));
  link.link.assign(kCatalogPathBytesMax + 1, 'x');
  CHECK(not_written({link}));
  link.link = "../anywhere";  // Recorded as it is; a restore does not follow it.
  CHECK(same_files(read(written({link})), {link}));
}

TEST_CASE("a damaged catalog gives files within the limits or an error") {
  std::mt19937_64 random(20240507);
  constexpr std::size_t kRounds = 4000 / test::kStride;
  for (const char* name : {"full", "increment", "continued"}) {
    const std::vector<Bytes> records = records_of(vector_file("catalog", name).at("records"));
    std::size_t intact = 0;
    for (std::size_t round = 0; round < kRounds; ++round) {
      std::vector<Bytes> damaged = records;
      Bytes& record = damaged[random() % damaged.size()];
      for (std::size_t i = 1 + random() % 3; i > 0; --i) {
        record[random() % record.size()] = static_cast<std::uint8_t>(random());
      }
      if (random() % 8 == 0) record.resize(random() % record.size());
      std::vector<CatalogFile> files;
      try {
        files = read(damaged);
      } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::corrupt);
        continue;
      }
      ++intact;
      // What was read can be written, so it is sorted and within every limit.
      REQUIRE(same_files(read(written(files)), files));
    }
    CHECK(intact > kRounds / 8);
    CHECK(intact < kRounds);
  }
}

}  // namespace valise
