#include "ops/refused_rows.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace valise::test {
namespace {

using Names = std::vector<std::string>;

/// What both passes say of rows that come in order; they must agree.
Names refused_of(const Names& paths, const std::string& database = {}) {
  RefusedRows rows(database);
  Names first;
  for (const std::string& path : paths) {
    if (const auto refused = rows.add(path)) {
      CHECK(refused->problem != nullptr);
      first.push_back(refused->path);
    }
  }
  std::sort(first.begin(), first.end());
  // However often: links and files are restored one after the other.
  for (int pass = 0; pass < 2; ++pass) {
    Names again;
    RefusedRows::Again rest(rows);
    for (const std::string& path : paths) {
      if (rest.next(path) != nullptr) again.push_back(path);
    }
    CHECK(again == first);
  }
  return first;
}

}  // namespace

TEST_CASE("a row below which others stand is left out, once") {
  CHECK(refused_of({}).empty());
  CHECK(refused_of({"a", "a.b", "a0", "aa", "b/a", "b/aa"}).empty());
  CHECK(refused_of({"a", "a/b"}) == Names{"a"});
  CHECK(refused_of({"a", "a/b", "a/c", "a/d/e"}) == Names{"a"});
  // Others come between the two.
  CHECK(refused_of({"a", "a-x", "a.b", "a.b/c", "a/b"}) == Names{"a", "a.b"});
  CHECK(refused_of({"a", "a-", "a--", "a/b", "a0"}) == Names{"a"});
  CHECK(refused_of({"a", "a/b", "a/b/c", "a/b/c/d"}) == Names{"a", "a/b", "a/b/c"});
  CHECK(refused_of({"a/b", "a/b.x", "a/b/c", "a/bb/c"}) == Names{"a/b"});
  CHECK(refused_of({"a", "a/b/c/d"}) == Names{"a"});
}

TEST_CASE("rows in the database's places are left out, and stand above nothing") {
  CHECK(refused_of({"Chat.DB-wal/x", "a", "a/chat.db", "chat.db", "chat.db-journal", "chat.db2"},
                   "chat.db") == Names{"Chat.DB-wal/x", "a", "chat.db", "chat.db-journal"});
  CHECK(refused_of({"chat.db", "chat.db/x"}, "chat.db") == Names{"chat.db", "chat.db/x"});
  CHECK(refused_of({"chat.db", "chat.db/x"}) == Names{"chat.db"});
}

TEST_CASE("what is left out of any rows is what a search of all pairs finds") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    Names paths;
    for (int i = 0; i < 40; ++i) {
      std::string path(1, 'a');
      while (random() % 4 != 0) path += "/ab-"[random() % 4];
      // As a catalog has it: no part is empty.
      path += 'a';
      if (path.find("//") == std::string::npos) paths.push_back(path);
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    Names expected;
    for (const std::string& path : paths) {
      if (std::ranges::any_of(
              paths, [&](const std::string& other) { return other.starts_with(path + '/'); })) {
        expected.push_back(path);
      }
    }
    CHECK(refused_of(paths) == expected);
  }
}

}  // namespace valise::test
