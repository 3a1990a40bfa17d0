#include "source/read_ahead.hpp"

#include <doctest/doctest.h>

#include <numeric>

namespace valise {
namespace {

constexpr std::size_t kPage = 4096;

/// A file of pages, each full of its own number, that counts how often it is read.
struct CountedFile {
  explicit CountedFile(std::size_t pages) : bytes(pages * kPage) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      bytes[at] = static_cast<std::uint8_t>(at / kPage);
    }
  }
  /// Reads one page as a file system layer does; true when it holds what it must.
  bool read(std::size_t page) {
    Bytes out(kPage);
    const auto offset = static_cast<std::int64_t>(page * kPage);
    const auto fill = [&](MutableByteSpan to, std::int64_t from) {
      ++reads;
      const auto begin = static_cast<std::size_t>(from);
      const std::size_t count = std::min(to.size(), bytes.size() - begin);
      std::copy_n(bytes.begin() + from, count, to.begin());
      return count;
    };
    if (!ahead.serve(out.data(), kPage, offset, fill)) {
      ++reads;
      std::copy_n(bytes.begin() + offset, kPage, out.begin());
    }
    return out == Bytes(kPage, static_cast<std::uint8_t>(page));
  }

  Bytes bytes;
  ReadAhead ahead;
  int reads = 0;
};

}  // namespace

TEST_CASE("a file read in order, forwards or backwards, is read in large pieces") {
  CountedFile file(1000);
  for (std::size_t page = 0; page < 1000; ++page) REQUIRE(file.read(page));
  CHECK(file.reads <= 20);
  file.reads = 0;
  for (std::size_t page = 1000; page-- > 0;) REQUIRE(file.read(page));
  CHECK(file.reads <= 20);
}

TEST_CASE("pages are right whatever the order") {
  CountedFile file(600);
  std::size_t page = 0;
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(file.read(page));
    page = (page * 7 + static_cast<std::size_t>(i) % 5) % 600;
  }
  // Steps back and forth around one place.
  for (std::size_t i = 0; i < 200; ++i)
    REQUIRE(file.read(300 + (i % 2 == 0 ? i % 40 : 40 - i % 40)));
}

TEST_CASE("after forget nothing old is served") {
  CountedFile file(100);
  for (std::size_t page = 0; page < 10; ++page) REQUIRE(file.read(page));
  std::fill(file.bytes.begin() + 10 * kPage, file.bytes.begin() + 11 * kPage, std::uint8_t{10});
  file.bytes[5 * kPage] = 77;
  file.ahead.forget();
  CHECK_FALSE(file.read(5));
}

}  // namespace valise
