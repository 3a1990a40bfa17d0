#include <doctest/doctest.h>

#include <numeric>
#include <random>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/page_records.hpp"

namespace valise {
namespace {

constexpr std::uint32_t kPageCountMax = 0xFFFFFFFE;

ErrorKind kind_of_refusal(ByteSpan list, std::uint32_t page_count, std::size_t pages_max) {
  try {
    static_cast<void>(decode_page_list(list, page_count, pages_max, "record 7"));
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("record 7: "));
    return error.kind();
  }
  return ErrorKind::internal;
}

Bytes list_of(std::initializer_list<std::uint64_t> numbers) {
  ByteWriter writer;
  for (const std::uint64_t number : numbers) writer.varint(number);
  return writer.take();
}

PageList random_list(std::mt19937_64& random, std::uint32_t page_count, std::size_t pages_max) {
  PageList pages;
  std::uint64_t page = 1 + random() % 3;
  while (page <= page_count && pages.size() < pages_max) {
    pages.push_back(static_cast<std::uint32_t>(page));
    page += random() % 3 == 0 ? 1 + random() % 1000 : 1;
  }
  if (pages.empty()) pages.push_back(1);
  return pages;
}

}  // namespace

TEST_CASE("a page list is written as runs of gap and length") {
  CHECK(encode_page_list({1}) == Bytes{0, 1});
  CHECK(encode_page_list({1, 2, 3}) == Bytes{0, 3});
  CHECK(encode_page_list({3, 4, 6, 500}) == list_of({2, 2, 1, 1, 493, 1}));
  CHECK(encode_page_list({kPageCountMax}) == list_of({0xFFFFFFFD, 1}));
}

TEST_CASE("a page list comes back as it was written") {
  std::mt19937_64 random(20240501);
  for (int round = 0; round < 300; ++round) {
    const PageList pages = random_list(random, 40000, 1 + random() % 3000);
    CHECK(decode_page_list(encode_page_list(pages), 40000, pages.size(), "list") == pages);
  }
  const PageList last{kPageCountMax - 1, kPageCountMax};
  CHECK(decode_page_list(encode_page_list(last), kPageCountMax, 2, "list") == last);
  const PageList very_last{0xFFFFFFFF};
  CHECK(decode_page_list(encode_page_list(very_last), 0xFFFFFFFF, 1, "list") == very_last);
}

TEST_CASE("a page list that no writer makes is refused") {
  const std::vector<Bytes> refused{
      {},                                 // Empty.
      {0},                                // A gap without its length.
      {0, 0},                             // An empty run.
      list_of({0, 2, 0, 1}),              // Two runs that are one.
      list_of({10, 1}),                   // Page 11 of 10.
      list_of({0, 11}),                   // Pages 1 to 11 of 10.
      list_of({8, 3}),                    // Pages 9 to 11 of 10.
      list_of({4, 1, 5, 1}),              // Page 11 after page 5.
      list_of({~0ULL, 1}),                // Would wrap to page 0.
      list_of({0, ~0ULL}),                // 2^64 - 1 pages.
      list_of({1ULL << 63, 1ULL << 63}),  // Sums to 0.
      list_of({0, 1ULL << 63}),
      list_of({0x100000000, 1}),  // Wraps to page 1 in 32 bits.
      {0x80, 0x00, 1},            // A gap in a longer form.
      {0, 0x81, 0x00},            // A length in a longer form.
      {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1},
      {0, 1, 0x80},  // Ends inside a number.
  };
  for (const Bytes& list : refused) {
    CAPTURE(list.size());
    CHECK(kind_of_refusal(list, 10, 1000) == ErrorKind::corrupt);
  }
  CHECK(decode_page_list(list_of({0, 10}), 10, 10, "list").size() == 10);
  CHECK(kind_of_refusal(list_of({0, 10}), 10, 9) == ErrorKind::corrupt);
  CHECK(kind_of_refusal(list_of({0, 5, 1, 4}), 10, 8) == ErrorKind::corrupt);
  CHECK(kind_of_refusal(list_of({0, 1}), 0, 9) == ErrorKind::corrupt);
}

TEST_CASE("a damaged page list gives a list within its limits or an error") {
  std::mt19937_64 random(7);
  std::size_t read = 0;
  for (int round = 0; round < 5000; ++round) {
    Bytes list = encode_page_list(random_list(random, 5000, 200));
    for (std::size_t i = 1 + random() % 3; i > 0; --i) {
      list[random() % list.size()] = static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) list.resize(random() % list.size());
    try {
      const PageList pages = decode_page_list(list, 5000, 200, "list");
      ++read;
      REQUIRE(pages.size() <= 200);
      REQUIRE(pages.front() >= 1);
      REQUIRE(pages.back() <= 5000);
      REQUIRE(encode_page_list(pages) == list);
    } catch (const Error& error) {
      REQUIRE(error.kind() == ErrorKind::corrupt);
    }
  }
  CHECK(read > 0);
  CHECK(read < 5000);
}

}  // namespace valise
