#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "format/catalog_reader.hpp"
#include "format/catalog_writer.hpp"

namespace valise {

TEST_CASE("attack: paths ../, absolute, NUL, symlink race, duplicates: a catalog's paths") {
  for (const char* path : {"a", "a/b", "a b/c\nd", "..a", "a..", "...", "a/...", ".a", "a/.b/c",
                           "\xFF\xFE", "a\\..\\b", "größe", "-"}) {
    CAPTURE(path);
    CHECK(valid_catalog_path(path));
  }
  for (const char* path : {"", "/", "//", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.",
                           "a/..", "a/./b", "a/../b", "a/../../b"}) {
    CAPTURE(path);
    CHECK_FALSE(valid_catalog_path(path));
  }
  CHECK_FALSE(valid_catalog_path(std::string_view("a\0b", 3)));
  CHECK_FALSE(valid_catalog_path(std::string_view("\0", 1)));
  CHECK(valid_catalog_path(std::string(kCatalogPathBytesMax, 'x')));
  CHECK_FALSE(valid_catalog_path(std::string(kCatalogPathBytesMax + 1, 'x')));
}

TEST_CASE(
    "attack: paths ../, absolute, NUL, symlink race, duplicates: a catalog that names a file "
    "twice") {
  // One file of no bytes, as the writer puts it down; then the same row again behind it.
  CatalogFile file;
  file.path = "a";
  std::vector<Bytes> records;
  CatalogWriter writer([&](ByteSpan plain) { records.emplace_back(plain.begin(), plain.end()); });
  writer.add(file);
  CHECK_THROWS_AS(writer.add(file), Error);
  CatalogFile next = file;
  next.path = "b";
  writer.add(next);
  writer.finish();
  REQUIRE(records.size() == 1);
  const auto read = [](const std::vector<Bytes>& of) {
    std::vector<std::string> paths;
    CatalogReader reader([&](const CatalogFile& read_file) { paths.push_back(read_file.path); });
    for (const Bytes& record : of) reader.add(record, "record 9");
    reader.finish("record 9");
    return paths;
  };
  CHECK(read(records) == std::vector<std::string>{"a", "b"});
  Bytes twice = records[0];
  std::replace(twice.begin(), twice.end(), std::uint8_t{'b'}, std::uint8_t{'a'});
  CHECK_THROWS_WITH_AS(static_cast<void>(read({twice})), doctest::Contains("record 9"), Error);
  CHECK_THROWS_WITH_AS(static_cast<void>(read({records[0], records[0]})),
                       doctest::Contains("record 9"), Error);
}

}  // namespace valise
