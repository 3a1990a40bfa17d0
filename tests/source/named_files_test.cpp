#include "source/named_files.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

namespace {

using valise::kNamedPathBytesMax;
using valise::NamedFile;
using valise::NamedFiles;

/// A path of exactly `bytes` bytes that tells its number.
std::string numbered_path(std::uint64_t number, std::size_t bytes) {
  std::string path = "Attachments/" + std::to_string(number % 256) + "/";
  const std::string tail = std::to_string(number);
  path.append(bytes - path.size() - tail.size(), 'x');
  return path + tail;
}

}  // namespace

TEST_CASE("named files are sorted by bytes, unique, with the largest size") {
  NamedFiles files;
  CHECK(files.add("b/2", 5));
  CHECK(files.add("\xff", 1));
  CHECK(files.add("a", 0));
  CHECK(files.add("b/2", 9));
  CHECK(files.add("b", 3));
  CHECK(files.add("b/2", 7));
  CHECK(files.add("", 2));
  files.finish();
  REQUIRE(files.size() == 5);
  const char* const paths[] = {"", "a", "b", "b/2", "\xff"};
  const std::uint64_t sizes[] = {2, 0, 3, 9, 1};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(files.at(i).path == paths[i]);
    CHECK(files.at(i).size == sizes[i]);
  }
  CHECK(files.contains("b/2"));
  CHECK_FALSE(files.contains("b/"));
  CHECK_FALSE(files.contains("c"));
}

TEST_CASE("an empty set of named files is one") {
  NamedFiles files;
  files.finish();
  CHECK(files.size() == 0);
  CHECK_FALSE(files.contains(""));
}

TEST_CASE("many adds with repetitions give the same set as a map, across compactions") {
  std::mt19937_64 random(4);
  std::map<std::string, std::uint64_t> expected;
  NamedFiles files;
  bool all = true;
  for (int i = 0; i < 400'000; ++i) {
    // Half of them hit a small set, half a large one; the lengths go up to the longest.
    const std::uint64_t number = random() % (i % 2 == 0 ? 1000 : 60'000);
    const std::size_t bytes = number % 5000 == 0 ? kNamedPathBytesMax : 30 + number % 60;
    const std::uint64_t size = random() % 1'000'000;
    std::string path = numbered_path(number, bytes);
    all &= files.add(path, size);
    std::uint64_t& largest = expected[std::move(path)];
    largest = std::max(largest, size);
  }
  CHECK(all);
  files.finish();
  REQUIRE(files.size() == expected.size());
  std::size_t i = 0;
  for (const auto& [path, size] : expected) {
    all &= files.at(i).path == path && files.at(i).size == size;
    ++i;
  }
  CHECK(all);
}

TEST_CASE("a million rows that name one long file stay small") {
  NamedFiles files;
  const std::string path = numbered_path(1, kNamedPathBytesMax);
  std::size_t most = 0;
  bool all = true;
  for (int i = 0; i < 1'000'000; ++i) {
    all &= files.add(path, 1);
    if (i % 1000 == 0) most = std::max(most, files.bytes());
  }
  files.finish();
  CHECK(all);
  CHECK(files.size() == 1);
  CHECK(most < 8 << 20);
}

TEST_CASE("a million files of 70 bytes take less than 110 MB") {
  NamedFiles files;
  bool all = true;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    all &= files.add(numbered_path(i * 7'368'787 % 1'000'000, 70), i);
  }
  files.finish();
  CHECK(all);
  CHECK(files.size() == 1'000'000);
  CHECK(files.bytes() < 110'000'000);
}

TEST_CASE("a million files of 80 bytes fit as they are, and named twice") {
  NamedFiles files;
  bool all = true;
  for (int time = 0; time < 2; ++time) {
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
      all &= files.add(numbered_path(i * 7'368'787 % 1'000'000, 80), i);
    }
  }
  CHECK(files.bytes() <= valise::kNamedFilesBytesMax + (1 << 20));
  files.finish();
  CHECK(all);
  CHECK(files.size() == 1'000'000);
}

TEST_CASE("named files refuse what is too long, and what no longer fits") {
  constexpr std::size_t kBytesMax = 16 << 20;
  NamedFiles files(kBytesMax);
  CHECK_FALSE(files.add(std::string(kNamedPathBytesMax + 1, 'x'), 1));
  std::uint64_t taken = 0;
  while (files.add(numbered_path(taken, kNamedPathBytesMax), 1)) ++taken;
  CHECK(taken > 4000);
  CHECK(files.bytes() < kBytesMax + (1 << 20));
  files.finish();
  CHECK(files.size() == taken);
}
