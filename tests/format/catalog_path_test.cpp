#include <doctest/doctest.h>

#include <string>

#include "format/catalog.hpp"

namespace valise {

TEST_CASE("a path that could leave the target is not valid") {
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

}  // namespace valise
