#include "ops/hash_ledger.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "state/state_fixture.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"

namespace valise::test {
namespace {

/// A hash that says which page of which night it is of.
Bytes32 hash_of(std::uint32_t page, std::uint8_t night) {
  Bytes32 hash{night};
  for (std::size_t i = 0; i < 4; ++i) hash[i + 1] = static_cast<std::uint8_t>(page >> (8 * i));
  return hash;
}

struct LedgerFixture : StateFixture {
  State state = open();

  /// The root as the definition has it, over all pages in order.
  static Bytes32 expected_root(std::uint32_t page_size, std::uint32_t page_count,
                               std::uint8_t night) {
    PageRoot root(page_size, page_count);
    for (std::uint32_t page = 1; page <= page_count; ++page) {
      root.add(page == lock_page(page_size) ? page_hash(Bytes(page_size)) : hash_of(page, night));
    }
    return root.finish();
  }

  /// One night in this order of pages.
  Bytes32 night(std::uint32_t page_size, std::uint32_t page_count, std::uint8_t number,
                const std::vector<std::uint32_t>& order) {
    if (number == 1) {
      state.begin_anew(source);
    } else {
      state.begin(source);
    }
    HashLedger ledger(state, source, Bytes16{number}, page_size, page_count);
    for (const std::uint32_t page : order) ledger.put(page, hash_of(page, number));
    const Bytes32 root = ledger.finish();
    commit(state, page_count, number);
    return root;
  }

  /// As a capture delivers them: ascending, page 1 last, never the lock page.
  static std::vector<std::uint32_t> captured(std::uint32_t page_size, std::uint32_t page_count) {
    std::vector<std::uint32_t> order;
    for (std::uint32_t page = 2; page <= page_count; ++page) {
      if (page != lock_page(page_size)) order.push_back(page);
    }
    order.push_back(1);
    return order;
  }
};

}  // namespace

TEST_CASE("the ledger's root is the page root, for any number of pages") {
  for (const std::uint32_t count : {1U, 2U, 511U, 512U, 513U, 1024U, 1025U, 1500U}) {
    CAPTURE(count);
    LedgerFixture fixture;
    CHECK(fixture.night(4096, count, 1, LedgerFixture::captured(4096, count)) ==
          LedgerFixture::expected_root(4096, count, 1));
    const auto last = fixture.state.hashes(fixture.source, (count - 1) / kHashChunkPages);
    REQUIRE(last);
    CHECK(last->size() == 32 * ((count - 1) % kHashChunkPages + 1));
  }
}

TEST_CASE("pages may come to the ledger in any order") {
  LedgerFixture fixture;
  std::vector<std::uint32_t> order = LedgerFixture::captured(4096, 2000);
  std::mt19937 random(7);
  std::shuffle(order.begin(), order.end(), random);
  CHECK(fixture.night(4096, 2000, 1, order) == LedgerFixture::expected_root(4096, 2000, 1));
}

TEST_CASE("the lock page counts as zeros, in the middle and as the last page") {
  // 1 GiB in pages of 64 KiB: the fewest hashes.
  const std::uint32_t lock = lock_page(65536);
  for (const std::uint32_t count : {lock - 1, lock, lock + 1, lock + 600}) {
    CAPTURE(count);
    LedgerFixture fixture;
    CHECK(fixture.night(65536, count, 1, LedgerFixture::captured(65536, count)) ==
          LedgerFixture::expected_root(65536, count, 1));
  }
}

TEST_CASE("a database that grows past the lock page and shrinks again keeps its ledger right") {
  LedgerFixture fixture;
  const std::uint32_t lock = lock_page(65536);
  std::uint8_t night = 1;
  for (const std::uint32_t count : {lock - 2, lock + 700, lock, 600U, 1U, lock + 1}) {
    CAPTURE(count);
    CHECK(fixture.night(65536, count, night, LedgerFixture::captured(65536, count)) ==
          LedgerFixture::expected_root(65536, count, night));
    INFO("no row stands behind the last page");
    CHECK_FALSE(fixture.state.hashes(fixture.source, (count - 1) / kHashChunkPages + 1));
    ++night;
  }
}

TEST_CASE("rows that did not change are not written again") {
  LedgerFixture fixture;
  const auto put_night = [&](std::uint8_t generation, std::uint8_t changed) {
    if (generation == 1) {
      fixture.state.begin_anew(fixture.source);
    } else {
      fixture.state.begin(fixture.source);
    }
    HashLedger ledger(fixture.state, fixture.source, Bytes16{generation}, 4096, 1024);
    for (std::uint32_t page = 1; page <= 1024; ++page) {
      ledger.put(page, hash_of(page, page == 600 ? changed : 1));
    }
    static_cast<void>(ledger.finish());
    fixture.commit(fixture.state, 1024, generation);
  };
  const auto written_under = [&](std::uint8_t generation) {
    return SampleConnection(fixture.file())
        .number("SELECT count(*) FROM hashes WHERE generation = x'" + hex(Bytes16{generation}) +
                "'");
  };
  put_night(1, 1);
  CHECK(written_under(1) == 2);
  put_night(2, 1);
  CHECK(written_under(1) == 2);
  put_night(3, 9);
  CHECK(written_under(1) == 1);
  CHECK(written_under(3) == 1);
}

TEST_CASE("runs of hashes are the same as one at a time") {
  LedgerFixture fixture;
  fixture.state.begin_anew(fixture.source);
  HashLedger ledger(fixture.state, fixture.source, Bytes16{1}, 4096, 1300);
  for (std::uint32_t first = 2; first <= 1300; first += 77) {
    Bytes run;
    for (std::uint32_t page = first; page < std::min(first + 77, 1301U); ++page) {
      append(run, hash_of(page, 1));
    }
    ledger.put_run(first, run);
  }
  ledger.put_run(1, hash_of(1, 1));
  CHECK(ledger.finish() == LedgerFixture::expected_root(4096, 1300, 1));
  fixture.state.roll_back();
}

TEST_CASE("a page that never came is a defect that the ledger tells") {
  LedgerFixture fixture;
  fixture.state.begin_anew(fixture.source);
  HashLedger ledger(fixture.state, fixture.source, Bytes16{1}, 4096, 4);
  for (const std::uint32_t page : {1U, 2U, 4U}) ledger.put(page, hash_of(page, 1));
  CHECK(kind_of([&] { static_cast<void>(ledger.finish()); }) == ErrorKind::internal);
  fixture.state.roll_back();
}

}  // namespace valise::test
