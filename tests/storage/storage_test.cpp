#include "storage/storage.hpp"

#include <doctest/doctest.h>

using namespace valise;

TEST_CASE("names of objects are plain parts, none hidden, joined by slashes") {
  for (const char* name : {"vault", "keys/0001.key", "log/ab-c_D/0000000001.entry", "a.", "-",
                           "a..b", "media/ab/x.pack"}) {
    CAPTURE(name);
    CHECK(valid_object_name(name));
  }
  for (const char* name : {"", "/", "a/", "/a", "a//b", ".", "..", "a/../b", ".a", "a/.b", "a b",
                           "a\\b", "~", "a:b"}) {
    CAPTURE(name);
    CHECK_FALSE(valid_object_name(name));
  }
  CHECK(valid_object_name(std::string(kObjectNameBytesMax, 'a')));
  CHECK_FALSE(valid_object_name(std::string(kObjectNameBytesMax + 1, 'a')));
  std::size_t valid = 0;
  for (int c = 0; c < 256; ++c) valid += valid_object_name(std::string(1, static_cast<char>(c)));
  CHECK(valid == 26 + 26 + 10 + 2);
}

TEST_CASE("the storage's own folders are reserved, names that begin like them are not") {
  CHECK(reserved_object_name("tmp"));
  CHECK(reserved_object_name("tmp/a"));
  CHECK(reserved_object_name("damaged/a/b"));
  CHECK_FALSE(reserved_object_name("tmpa"));
  CHECK_FALSE(reserved_object_name("damaged.1"));
  CHECK_FALSE(reserved_object_name("a/tmp/b"));
}

TEST_CASE("an object is set aside under a flat name, which always fits a file system") {
  CHECK(set_aside_name("a", 1) == "damaged/a");
  CHECK(set_aside_name("log/a/1.entry", 1) == "damaged/log_a_1.entry");
  CHECK(set_aside_name("log/a/1.entry", 12) == "damaged/log_a_1.entry.12");
  CHECK(set_aside_name(std::string(kObjectNameBytesMax, 'a'), 4294967295U).size() <= 8 + 255);
}

TEST_CASE("any name is shown as one printable line that no other name shares") {
  CHECK(printable_name("plain-name_1.db") == "plain-name_1.db");
  CHECK(printable_name("a b%\n\x1b\xc3\xa9") == "a b%25%0a%1b%c3%a9");
  CHECK(printable_name(std::string_view("\0", 1)) == "%00");
  CHECK(printable_name("%25") == "%2525");
}
