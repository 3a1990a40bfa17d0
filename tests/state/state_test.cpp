#include "state/state.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "state/state_fixture.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"

namespace valise::test {
namespace {

void check_night(const State& state, const StateFixture& fixture, std::uint8_t night) {
  const auto source = state.source(fixture.source);
  REQUIRE(source);
  CHECK(source->page_root == Bytes32{night});
  REQUIRE(source->chain.size() == night);
  CHECK(source->chain.front().bid == Bytes16{1});
  CHECK(source->chain.back().entry_id == Bytes32{night});
  CHECK(source->chain.back().seq == night);
  CHECK(source->chain.back().bytes == 1000U + night);
}

}  // namespace

TEST_CASE("a state keeps the source, the chain, the note and the pending entry") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    CHECK_FALSE(state.source(fixture.source));
    CHECK_FALSE(state.pending_entry());
    fixture.commit_full(state, 4, 1);
  }
  State state = fixture.open();
  check_night(state, fixture, 1);
  const auto source = state.source(fixture.source);
  CHECK(source->page_size == 512);
  CHECK(source->page_count == 4);
  CHECK(source->policy == Bytes32{3});
  CHECK(state.pending_entry() == Bytes(300, 1));
  state.clear_pending();
  CHECK_FALSE(state.pending_entry());
  const auto note = state.note(Bytes16{1});
  REQUIRE(note);
  CHECK(note->name == "a.db");
  CHECK(note->profile == "sqlite");
  CHECK(note->messages == 1);
  CHECK_FALSE(state.note(Bytes16{9}));
  CHECK_FALSE(state.source(Bytes16{9}));
}

TEST_CASE("a note tells of a copy what it is a copy of") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    state.begin_anew(fixture.source);
    StateFixture::put_frame(state, fixture.source, 1, 0, {1});
    state.put_hashes(fixture.source, Bytes16{1}, 0, Bytes(32, 1));
    state.commit(
        fixture.source_state(1, 1),
        {Bytes16{1}, "a.db", "sqlite", 7, 1'700'000'000, OriginInfo{Bytes32{8}, 1'700'000'009}},
        Bytes(300, 1));
  }
  const State state = fixture.open();
  const auto note = state.note(Bytes16{1});
  REQUIRE(note);
  CHECK(note->captured_at == 1'700'000'000);
  REQUIRE(note->origin);
  CHECK(note->origin->entry_id == Bytes32{8});
  CHECK(note->origin->time == 1'700'000'009);
}

TEST_CASE("what is forgotten of a source is its pages and its chain, not its notes") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    fixture.commit_full(state, 4, 1);
    CHECK(fixture.page_files().size() == 1);
    state.forget(Bytes16{9});
    CHECK(state.source(fixture.source));
    state.forget(fixture.source);
    CHECK(fixture.page_files().empty());
  }
  State state = fixture.open();
  CHECK_FALSE(state.source(fixture.source));
  CHECK_FALSE(state.hashes(fixture.source, 0));
  CHECK(state.note(Bytes16{1}));
  CHECK(state.pending_entry() == Bytes(300, 1));
  INFO("and it begins again");
  fixture.commit_full(state, 4, 1);
  check_night(state, fixture, 1);
}

TEST_CASE("the state is its owner's alone, the page files too") {
  const StateFixture fixture;
  State state = fixture.open();
  fixture.commit_full(state, 4, 1);
  REQUIRE(fixture.page_files().size() == 1);
  for (const auto& path : {fixture.file(), fixture.page_files()[0]}) {
    struct stat info {};
    REQUIRE(stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
}

TEST_CASE("what is rolled back leaves last night's state") {
  const StateFixture fixture;
  State state = fixture.open();
  fixture.commit_full(state, 4, 1);
  SUBCASE("an increment") { state.begin(fixture.source); }
  SUBCASE("a full") { state.begin_anew(fixture.source); }
  StateFixture::put_frame(state, fixture.source, 2, 0, {1, 2});
  state.put_hashes(fixture.source, Bytes16{2}, 0, Bytes(32 * 4, 2));
  state.roll_back();
  state.roll_back();
  for (int again = 0; again < 2; ++again) {
    CAPTURE(again);
    check_night(state, fixture, 1);
    CHECK(state.hashes(fixture.source, 0) == Bytes(32 * 4, 1));
    CHECK(nights_of(state, fixture.source, {1, 2, 3, 4}) == std::vector<int>{1, 1, 1, 1});
    CHECK(fixture.page_files().size() == 1);
    state = fixture.open();
  }
}

TEST_CASE("a process that dies in the middle of a night leaves last night's state") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    fixture.commit_full(state, 4, 1);
  }
  {
    State state = fixture.open();
    state.begin_anew(fixture.source);
    StateFixture::put_frame(state, fixture.source, 2, 0, {1, 2, 3, 4});
    CHECK(fixture.page_files().size() == 2);
    // Gone without a commit and without a roll-back.
  }
  const State state = fixture.open();
  check_night(state, fixture, 1);
  CHECK(nights_of(state, fixture.source, {1, 4}) == std::vector<int>{1, 1});
  INFO("the page file that nobody names is gone");
  CHECK(fixture.page_files().size() == 1);
}

TEST_CASE("another credential's secret opens no page and no hash of the state") {
  StateFixture fixture;
  {
    State state = fixture.open();
    fixture.commit_full(state, 4, 1);
    CHECK(state.hashes(fixture.source, 0));
  }
  fixture.secret = Secret::random(32);
  const State state = fixture.open();
  CHECK_FALSE(state.hashes(fixture.source, 0));
  bool opened = false;
  CHECK(state.find_frames(fixture.source, {1}, [&](const FrameAt& frame, const PageList&) {
    opened = opened || state.open_frame(frame, state.read_frame(fixture.source, frame));
  }));
  CHECK_FALSE(opened);
}

TEST_CASE("no page stands in the state's files in clear") {
  const StateFixture fixture;
  const std::string words = "nobody may read these words here";
  {
    State state = fixture.open();
    state.begin_anew(fixture.source);
    const FrameAt frame{.generation = Bytes16{1}, .plain_bytes = 512};
    state.put_frame(fixture.source, frame, {1},
                    state.seal_frame(frame.generation, 0, bytes_of(words)));
    fixture.commit(state, 1, 1);
  }
  for (const auto& item : std::filesystem::directory_iterator(fixture.file().parent_path())) {
    CHECK(text_of(read_all(item.path())).find(words) == std::string::npos);
  }
}

TEST_CASE("a file that is no state of this version is replaced by an empty one") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    fixture.commit_full(state, 4, 1);
  }
  SUBCASE("garbage") { std::ofstream(fixture.file()) << std::string(5000, 'x'); }
  SUBCASE("cut short") { std::filesystem::resize_file(fixture.file(), 5000); }
  SUBCASE("empty") { std::filesystem::resize_file(fixture.file(), 0); }
  SUBCASE("of another version") {
    SampleConnection(fixture.file()).execute("PRAGMA user_version = 1");
  }
  SUBCASE("some other database") {
    std::filesystem::remove(fixture.file());
    make_database(fixture.file());
  }
  SUBCASE("gone") { std::filesystem::remove(fixture.file()); }
  for (int again = 0; again < 2; ++again) {
    State state = fixture.open();
    if (again == 0) CHECK_FALSE(state.source(fixture.source));
    CHECK(fixture.page_files().size() == static_cast<std::size_t>(again));
    fixture.commit_full(state, 4, 1);
    check_night(state, fixture, 1);
  }
}

TEST_CASE("looking at the state never deletes it") {
  const StateFixture fixture;
  CHECK_FALSE(fixture.look());
  CHECK_FALSE(std::filesystem::exists(fixture.file()));
  {
    State state = fixture.open();
    fixture.commit_full(state, 4, 1);
  }
  {
    const auto state = fixture.look();
    REQUIRE(state);
    check_night(*state, fixture, 1);
  }
  const std::string garbage(5000, 'x');
  std::ofstream(fixture.file()) << garbage;
  CHECK_FALSE(fixture.look());
  CHECK(text_of(read_all(fixture.file())) == garbage);

  std::filesystem::remove(fixture.file());
  make_database(fixture.file());
  const Bytes other = read_all(fixture.file());
  CHECK_FALSE(fixture.look());
  CHECK(read_all(fixture.file()) == other);
  CHECK(fixture.page_files().size() == 1);
}

TEST_CASE("a state can be looked at while a backup writes it") {
  const StateFixture fixture;
  State writing = fixture.open();
  fixture.commit_full(writing, 4, 1);
  writing.begin(fixture.source);
  StateFixture::put_frame(writing, fixture.source, 2, 0, {2});
  const auto state = fixture.look();
  REQUIRE(state);
  check_night(*state, fixture, 1);
  writing.roll_back();
}

TEST_CASE("a discarded state is gone, and the next one begins empty") {
  const StateFixture fixture;
  {
    State state = fixture.open();
    fixture.commit_full(state, 4, 1);
  }
  discard_state(fixture.folder.path(), fixture.vault_id);
  CHECK_FALSE(fixture.look());
  CHECK_FALSE(fixture.open().source(fixture.source));
  CHECK(fixture.page_files().empty());
  discard_state(fixture.folder.path(), fixture.vault_id);
  discard_state(fixture.folder.path(), Bytes16{9});
}

TEST_CASE("damage is noted instead of what was noted before") {
  const StateFixture fixture;
  State state = fixture.open();
  state.note_damage({"backups/a", "backups/b", "backups/a"});
  CHECK(state.is_damaged("backups/a"));
  CHECK(state.is_damaged("backups/b"));
  CHECK_FALSE(state.is_damaged("backups/c"));
  state.note_damage({"backups/c"});
  CHECK_FALSE(state.is_damaged("backups/a"));
  CHECK(state.is_damaged("backups/c"));
  state = fixture.open();
  CHECK(state.is_damaged("backups/c"));
  state.note_damage({});
  CHECK_FALSE(state.is_damaged("backups/c"));
}

}  // namespace valise::test
