#include "ops/unreadable_paths.hpp"

#include <doctest/doctest.h>

namespace valise::test {

TEST_CASE("what could not be looked at covers what is below it, and nothing beside") {
  UnreadablePaths paths;
  CHECK_FALSE(paths.covers("a"));
  paths.add("a/b");
  for (const std::string path : {"a/b", "a/b/c", "a/b/c/d"}) {
    CHECK(paths.covers(path));
    CHECK(paths.names(path));
  }
  for (const std::string path : {"a", "a/bc", "a/b.c", "b", "a/c"}) CHECK_FALSE(paths.covers(path));
}

TEST_CASE("a list that is full covers more, never less, and stays small") {
  static constexpr std::size_t kMax = 20'000;
  UnreadablePaths paths(kMax);
  const auto add_many = [&paths](const std::string& folder, const std::string& behind) {
    for (int i = 0; i < 1000; ++i) {
      paths.add(folder + std::to_string(i) + behind);
      REQUIRE(paths.bytes() <= kMax);
    }
    for (int i = 0; i < 1000; ++i) CHECK(paths.covers(folder + std::to_string(i) + behind));
  };
  paths.add("z/alone");
  SUBCASE("many in one folder") {
    add_many("a/b/", "");
    CHECK(paths.covers("a/b/never"));
    CHECK_FALSE(paths.names("a/b/never"));
    CHECK_FALSE(paths.covers("a/c"));
    CHECK_FALSE(paths.covers("z"));
  }
  SUBCASE("folders full of folders") {
    add_many("a/b/", "/c/d");
    CHECK(paths.covers("a/b/never"));
    CHECK_FALSE(paths.covers("a/c"));
    CHECK_FALSE(paths.covers("z"));
  }
  SUBCASE("no folder holds them") {
    add_many("", "");
    CHECK(paths.covers("anything"));
  }
  CHECK(paths.covers("z/alone"));
  CHECK(paths.covers("z/alone/below"));
}

}  // namespace valise::test
