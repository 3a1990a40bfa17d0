#include <doctest/doctest.h>

#include "crypto/random.hpp"
#include "state/state_fixture.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"

namespace valise::test {

TEST_CASE("of each page the newest frame is found") {
  const StateFixture fixture;
  State state = fixture.open();
  state.begin_anew(fixture.source);
  StateFixture::put_frame(state, fixture.source, 1, 0, {1, 2, 3, 4});
  StateFixture::put_frame(state, fixture.source, 1, 1, {5, 6, 7, 8});
  fixture.commit(state, 8, 1);
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 2, 0, {2, 6});
  fixture.commit(state, 8, 2);
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 3, 0, {6, 9});
  fixture.commit(state, 9, 3);
  const PageList all{1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(nights_of(state, fixture.source, all) == std::vector<int>{1, 2, 1, 1, 1, 3, 1, 1, 3});
  CHECK(nights_of(state, fixture.source, {6}) == std::vector<int>{3});

  const auto ignore = [](const FrameAt&, const PageList&) {};
  CHECK(state.find_frames(fixture.source, all, ignore));
  CHECK(state.find_frames(fixture.source, {}, ignore));
  INFO("a page that is in no frame is told, and so is a source that is not known");
  CHECK_FALSE(state.find_frames(fixture.source, {4, 10}, ignore));
  CHECK_FALSE(state.find_frames(Bytes16{9}, {1}, ignore));
}

TEST_CASE("a frame gives back what was put into it, from any night") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    state.begin_anew(fixture.source);
    StateFixture::put_frame(state, fixture.source, 1, 0, {1, 2});
    StateFixture::put_frame(state, fixture.source, 1, 1, {3});
    fixture.commit(state, 3, 1);
    state.begin(fixture.source);
    StateFixture::put_frame(state, fixture.source, 2, 0, {2});
    fixture.commit(state, 3, 2);
  }
  const State state = fixture.open();
  std::vector<Bytes> payloads;
  CHECK(state.find_frames(fixture.source, {1, 2, 3}, [&](const FrameAt& frame, const PageList&) {
    const auto payload = state.open_frame(frame, state.read_frame(fixture.source, frame));
    REQUIRE(payload);
    payloads.push_back(*payload);
  }));
  CHECK(payloads == std::vector<Bytes>{StateFixture::payload(2, {2}), StateFixture::payload(1, {3}),
                                       StateFixture::payload(1, {1, 2})});
}

TEST_CASE("a frame under another number or generation, changed or cut short does not open") {
  const StateFixture fixture;
  State state = fixture.open();
  fixture.commit_full(state, 4, 1);
  CHECK(state.find_frames(fixture.source, {1}, [&](const FrameAt& frame, const PageList&) {
    const Bytes sealed = state.read_frame(fixture.source, frame);
    CHECK(state.open_frame(frame, sealed));
    FrameAt other = frame;
    other.number += 1;
    CHECK_FALSE(state.open_frame(other, sealed));
    other = frame;
    other.generation[0] ^= 1;
    CHECK_FALSE(state.open_frame(other, sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      Bytes changed = sealed;
      changed[i] ^= 1;
      CHECK_FALSE(state.open_frame(frame, changed));
      CHECK_FALSE(state.open_frame(frame, ByteSpan(sealed).first(i)));
    }
    INFO("a row that points beyond the page file gives nothing");
    other = frame;
    other.offset += 1 << 20;
    CHECK(state.read_frame(fixture.source, other).empty());
    other.sealed_bytes = 0xffffffff;
    CHECK(state.read_frame(fixture.source, other).empty());
  }));
}

TEST_CASE("frames of which no page is the newest any more are dropped") {
  const StateFixture fixture;
  State state = fixture.open();
  const auto frame_count = [&] {
    return SampleConnection(fixture.file()).number("SELECT count(*) FROM frame_list");
  };
  state.begin_anew(fixture.source);
  StateFixture::put_frame(state, fixture.source, 1, 0, {1, 2});
  StateFixture::put_frame(state, fixture.source, 1, 1, {3, 4});
  fixture.commit(state, 4, 1);
  CHECK(frame_count() == 2);
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 2, 0, {3});
  fixture.commit(state, 4, 2);
  CHECK(frame_count() == 3);
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 3, 0, {4});
  fixture.commit(state, 4, 3);
  INFO("pages 3 and 4 have newer frames by now");
  CHECK(frame_count() == 3);
  state.begin(fixture.source);
  fixture.commit(state, 2, 4);
  INFO("the database shrank to two pages");
  CHECK(frame_count() == 1);
  CHECK(nights_of(state, fixture.source, {1, 2}) == std::vector<int>{1, 1});
}

TEST_CASE("hashes come back by row, and rows behind the last page are dropped") {
  const StateFixture fixture;
  State state = fixture.open();
  state.begin_anew(fixture.source);
  const Bytes first(std::size_t{kHashChunkPages} * 32, 1);
  const Bytes second(32, 2);
  state.put_hashes(fixture.source, Bytes16{1}, 0, first);
  state.put_hashes(fixture.source, Bytes16{1}, 1, second);
  CHECK(state.hashes(fixture.source, 0) == first);
  fixture.commit(state, kHashChunkPages + 1, 1);
  CHECK(state.hashes(fixture.source, 1) == second);
  CHECK_FALSE(state.hashes(fixture.source, 2));
  CHECK_FALSE(state.hashes(Bytes16{9}, 0));

  state.begin(fixture.source);
  state.put_hashes(fixture.source, Bytes16{2}, 0, Bytes(32, 3));
  fixture.commit(state, 1, 2);
  CHECK(state.hashes(fixture.source, 0) == Bytes(32, 3));
  CHECK_FALSE(state.hashes(fixture.source, 1));
}

TEST_CASE("a row of hashes of another place, or changed, is not at hand") {
  const StateFixture fixture;
  State state = fixture.open();
  state.begin_anew(fixture.source);
  state.put_hashes(fixture.source, Bytes16{1}, 0, Bytes(32, 1));
  state.put_hashes(fixture.source, Bytes16{1}, 1, Bytes(32, 2));
  fixture.commit(state, kHashChunkPages + 1, 1);
  SampleConnection database(fixture.file());
  SUBCASE("swapped") {
    database.execute(
        "UPDATE hashes SET chunk = 2 - chunk WHERE chunk = 0;"
        "UPDATE hashes SET chunk = 0 WHERE chunk = 1");
    CHECK_FALSE(state.hashes(fixture.source, 0));
    CHECK_FALSE(state.hashes(fixture.source, 2));
  }
  SUBCASE("changed") {
    database.execute("UPDATE hashes SET sealed = zeroblob(48)");
    CHECK_FALSE(state.hashes(fixture.source, 0));
  }
  SUBCASE("under another generation") {
    database.execute("UPDATE hashes SET generation = zeroblob(16)");
    CHECK_FALSE(state.hashes(fixture.source, 0));
  }
  SUBCASE("without a generation") {
    database.execute("UPDATE hashes SET generation = x''");
    CHECK_FALSE(state.hashes(fixture.source, 0));
  }
}

TEST_CASE("a source that starts anew leaves the other sources alone") {
  StateFixture fixture;
  State state = fixture.open();
  fixture.commit_full(state, 4, 1);
  const Bytes16 first = fixture.source;
  fixture.source = Bytes16{5};
  fixture.commit_full(state, 4, 2);
  CHECK(fixture.page_files().size() == 2);
  fixture.commit_full(state, 3, 3);
  CHECK(fixture.page_files().size() == 2);
  CHECK(nights_of(state, first, {1, 2, 3, 4}) == std::vector<int>{1, 1, 1, 1});
  CHECK(state.hashes(first, 0) == Bytes(32 * 4, 1));
  CHECK(nights_of(state, fixture.source, {1, 2, 3, 4}) == std::vector<int>{3, 3, 3, 0});
}

TEST_CASE("a night that was cut short does not spoil the pages that the next one writes") {
  const StateFixture fixture;
  State state = fixture.open();
  fixture.commit_full(state, 4, 1);
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 2, 0, {1, 2, 3});
  state.sync_pages();
  state.roll_back();
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 3, 0, {4});
  fixture.commit(state, 4, 3);
  CHECK(nights_of(state, fixture.source, {1, 2, 3, 4}) == std::vector<int>{1, 1, 1, 3});
  CHECK(state.find_frames(fixture.source, {1, 4}, [&](const FrameAt& frame, const PageList&) {
    CHECK(state.open_frame(frame, state.read_frame(fixture.source, frame)));
  }));
}

TEST_CASE("frames of which few pages are the newest are found") {
  const StateFixture fixture;
  State state = fixture.open();
  state.begin_anew(fixture.source);
  StateFixture::put_frame(state, fixture.source, 1, 0, {1, 2, 3, 4, 5, 6});
  StateFixture::put_frame(state, fixture.source, 1, 1, {7, 8, 9});
  StateFixture::put_frame(state, fixture.source, 1, 2, {10, 11, 12});
  fixture.commit(state, 12, 1);
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 2, 0, {2, 3, 4, 6, 7});
  StateFixture::put_frame(state, fixture.source, 2, 1, {8, 10});
  const auto found = [&](std::uint32_t page_count) {
    std::vector<std::pair<std::uint64_t, PageList>> sparse;
    state.find_sparse_frames(fixture.source, page_count,
                             [&](const FrameAt& frame, const PageList& live) {
                               CHECK(frame.generation == Bytes16{1});
                               sparse.emplace_back(frame.number, live);
                             });
    return sparse;
  };
  using Sparse = std::vector<std::pair<std::uint64_t, PageList>>;
  CHECK(found(12) == Sparse{{1, {9}}, {0, {1, 5}}});
  INFO("pages beyond the database's end are nobody's, and a frame without any is not sparse");
  CHECK(found(11) == Sparse{{2, {11}}, {1, {9}}, {0, {1, 5}}});
  CHECK(found(8) == Sparse{{0, {1, 5}}});
}

TEST_CASE("the room of dropped frames is used again, in a later night") {
  const StateFixture fixture;
  State state = fixture.open();
  state.begin_anew(fixture.source);
  for (std::uint64_t i = 0; i < 6; ++i) {
    StateFixture::put_frame(state, fixture.source, 1, i, {static_cast<std::uint32_t>(i + 1)});
  }
  fixture.commit(state, 6, 1);
  const std::filesystem::path file = fixture.page_files().at(0);
  const std::uint64_t frame_bytes = std::filesystem::file_size(file) / 6;
  const auto night = [&](std::uint8_t number, const PageList& pages, std::uint32_t page_count) {
    state.begin(fixture.source);
    for (std::size_t i = 0; i < pages.size(); ++i) {
      StateFixture::put_frame(state, fixture.source, number, i, {pages[i]});
    }
    fixture.commit(state, page_count, number);
    return std::filesystem::file_size(file) / frame_bytes;
  };
  INFO("what the last night's rows name is not written over before they are gone");
  CHECK(night(2, {2, 3}, 6) == 8);
  CHECK(night(3, {2, 5}, 6) == 8);
  CHECK(nights_of(state, fixture.source, {1, 2, 3, 4, 5, 6}) == std::vector<int>{1, 3, 2, 1, 3, 1});
  INFO("a run that is rolled back leaves what it wrote into free room, and no more");
  state.begin(fixture.source);
  StateFixture::put_frame(state, fixture.source, 4, 0, {1});
  StateFixture::put_frame(state, fixture.source, 4, 1, {2});
  state.roll_back();
  CHECK(state.find_frames(fixture.source, {1, 2, 3, 4, 5, 6},
                          [&](const FrameAt& frame, const PageList&) {
                            CHECK(state.open_frame(frame, state.read_frame(fixture.source, frame)));
                          }));
  INFO("and what stands behind the last frame is cut off: page 1 went to the fifth place");
  CHECK(night(5, {1}, 2) == 5);
}

}  // namespace valise::test
