#include "ops/page_groups.hpp"

#include <doctest/doctest.h>

namespace valise::test {
namespace {

constexpr std::uint32_t kGroupPageSize = 512;

struct Emitted {
  PageList pages;
  Bytes content;
};

/// A page that begins as a b-tree page of that type, and says its number.
Bytes page_of(std::uint32_t number, std::uint8_t type) {
  Bytes page(kGroupPageSize, static_cast<std::uint8_t>(number));
  page[number == 1 ? 100 : 0] = type;
  return page;
}

struct Grouped {
  std::vector<Emitted> emitted;
  PageGroups groups{kGroupPageSize, [this](PageList pages, Bytes content) {
                      emitted.push_back({std::move(pages), std::move(content)});
                    }};
  void add(std::uint32_t number, std::uint8_t type) { groups.add(number, page_of(number, type)); }
};

}  // namespace

TEST_CASE("pages of one type stand together, each with its content") {
  Grouped grouped;
  const std::uint8_t types[] = {0x0d, 0x0a, 0x05, 0x02, 0x00, 0x0d, 0x77, 0x0a};
  for (std::uint32_t i = 0; i < 8; ++i) grouped.add(i + 2, types[i]);
  CHECK(grouped.emitted.empty());
  grouped.groups.finish();
  REQUIRE(grouped.emitted.size() == 5);
  CHECK(grouped.emitted[0].pages == PageList{2, 7});
  CHECK(grouped.emitted[1].pages == PageList{3, 9});
  CHECK(grouped.emitted[2].pages == PageList{4});
  CHECK(grouped.emitted[3].pages == PageList{5});
  INFO("overflow and free pages have no type, and neither has what lies about it");
  CHECK(grouped.emitted[4].pages == PageList{6, 8});
  Bytes expected = page_of(2, 0x0d);
  append(expected, page_of(7, 0x0d));
  CHECK(grouped.emitted[0].content == expected);
  grouped.groups.finish();
  CHECK(grouped.emitted.size() == 5);
}

TEST_CASE("page 1 comes last, has its type behind the file's header, and stands first") {
  Grouped grouped;
  grouped.add(2, 0x05);
  grouped.add(3, 0x0d);
  grouped.add(1, 0x05);
  grouped.groups.finish();
  REQUIRE(grouped.emitted.size() == 2);
  CHECK(grouped.emitted[1].pages == PageList{1, 2});
  Bytes expected = page_of(1, 0x05);
  append(expected, page_of(2, 0x05));
  CHECK(grouped.emitted[1].content == expected);
}

TEST_CASE("a group goes out as soon as it is full") {
  Grouped grouped;
  const std::uint32_t full = kFullGroupBytes / kGroupPageSize;
  for (std::uint32_t page = 2; page < full + 2; ++page) {
    CHECK(grouped.emitted.empty());
    grouped.add(page, 0x0d);
  }
  REQUIRE(grouped.emitted.size() == 1);
  CHECK(grouped.emitted[0].content.size() == kFullGroupBytes);
  grouped.add(full + 2, 0x0d);
  INFO("page 1 after its group went out is a group of its own with what came since");
  grouped.add(1, 0x0d);
  grouped.groups.finish();
  REQUIRE(grouped.emitted.size() == 2);
  CHECK(grouped.emitted[1].pages == PageList{1, full + 2});
}

TEST_CASE("the largest pages fit a group, four at a time") {
  std::vector<std::size_t> sizes;
  PageGroups groups(kPageSizeMax, [&](const PageList& pages, const Bytes& content) {
    CHECK(content.size() == pages.size() * kPageSizeMax);
    sizes.push_back(pages.size());
  });
  for (std::uint32_t page = 2; page < 11; ++page) groups.add(page, Bytes(kPageSizeMax));
  groups.finish();
  CHECK(sizes == std::vector<std::size_t>{4, 4, 1});
}

}  // namespace valise::test
