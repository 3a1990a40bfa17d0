#include <doctest/doctest.h>

#include <algorithm>

#include "crypto/random.hpp"
#include "state/sqlite_statement.hpp"
#include "state/state_fixture.hpp"
#include "support/error_kind.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

StoredFile stored_file(const std::string& path, std::size_t pieces = 1) {
  StoredFile stored;
  stored.file.path = path;
  stored.file.mode = 0644;
  stored.file.mtime_ns = -5;
  stored.file.content_hash = random_array<32>();
  for (std::size_t i = 0; i < pieces; ++i) {
    CatalogPiece piece;
    piece.pack = numbered_pack(static_cast<std::uint32_t>(i / 4 + 1));
    piece.offset = 8;
    piece.plain_bytes = 100;
    piece.sealed_bytes = 50;
    piece.key = random_array<32>();
    stored.file.size += piece.plain_bytes;
    stored.file.pieces.push_back(piece);
  }
  stored.inode = 77;
  stored.ctime_ns = 1'700'000'000'000'000'001;
  return stored;
}

void check_same(const StoredFile& a, const StoredFile& b) {
  CHECK(a.file.path == b.file.path);
  CHECK(a.file.state == b.file.state);
  CHECK(a.file.size == b.file.size);
  CHECK(a.file.mtime_ns == b.file.mtime_ns);
  CHECK(a.file.content_hash == b.file.content_hash);
  CHECK(a.inode == b.inode);
  CHECK(a.ctime_ns == b.ctime_ns);
  REQUIRE(a.file.pieces.size() == b.file.pieces.size());
  for (std::size_t i = 0; i < a.file.pieces.size(); ++i) {
    CHECK(a.file.pieces[i].key == b.file.pieces[i].key);
    CHECK(a.file.pieces[i].pack == b.file.pieces[i].pack);
  }
}

// As the run of a night does.
void set_catalog(const StateFixture& fixture, State& state, const std::vector<std::int64_t>& chunks,
                 const std::set<std::uint32_t>& packs = {}) {
  StateTurn turn(state);
  state.begin_anew(fixture.source);
  state.set_catalog(fixture.source, chunks, packs);
  state.commit(fixture.source_state(1, 1), {}, Bytes(8));
}

}  // namespace

TEST_CASE("a number stands for a pack until it has an id") {
  for (const std::uint32_t number : {0U, 1U, 255U, 256U, 0x01020304U, UINT32_MAX}) {
    CHECK(pack_number(numbered_pack(number)) == number);
  }
}

TEST_CASE("a stretch of a catalog comes back as it was") {
  StateFixture fixture;
  State state = fixture.open();
  std::vector<StoredFile> files{stored_file("a"), stored_file("a/b", 0), stored_file("b", 9)};
  StoredFile link;
  link.file.path = "c";
  link.file.state = FileState::symlink;
  link.file.link = "../x";
  files.push_back(link);
  StoredFile missing;
  missing.file.path = "d";
  missing.file.state = FileState::missing;
  missing.file.size = 12;
  files.push_back(missing);
  std::size_t bytes = 64;
  for (const StoredFile& file : files) bytes += stored_bytes(file);
  CHECK(encode_catalog_chunk(files).size() <= bytes);

  state.begin_catalog();
  const std::int64_t chunk = state.put_catalog_files(fixture.source, files);
  state.commit_catalog();
  const std::vector<StoredFile> again = fixture.open().catalog_files(chunk);
  REQUIRE(again.size() == files.size());
  for (std::size_t i = 0; i < files.size(); ++i) check_same(again[i], files[i]);
  CHECK(state.catalog_files(state.put_catalog_files(fixture.source, {})).empty());
}

TEST_CASE("a file with more pieces than one record holds is one stretch") {
  StateFixture fixture;
  State state = fixture.open();
  const StoredFile large = stored_file("film", 30'000);
  check_same(state.catalog_files(state.put_catalog_files(fixture.source, {large})).at(0), large);
}

TEST_CASE("a snapshot's catalog is the one it was given, and keys of others are gone") {
  StateFixture fixture;
  std::vector<std::int64_t> chunks;
  StoredFile gone = stored_file("gone");
  {
    State state = fixture.open();
    state.begin_catalog();
    chunks = {state.put_catalog_files(fixture.source, {stored_file("a")}),
              state.put_catalog_files(fixture.source, {gone}),
              state.put_catalog_files(fixture.source, {stored_file("z")})};
    const std::int64_t others = state.put_catalog_files(Bytes16{9}, {stored_file("x")});
    state.commit_catalog();
    CHECK(state.catalog(fixture.source).empty());
    set_catalog(fixture, state, chunks);
    CHECK(state.catalog(fixture.source) == chunks);
    set_catalog(fixture, state, {chunks[0], chunks[2]});
    CHECK(state.catalog_chunks() == std::vector<std::int64_t>{chunks[0], chunks[2], others});
    CHECK_THROWS_AS(static_cast<void>(state.catalog_files(chunks[1])), StateError);
    state.forget(fixture.source);
    CHECK(state.catalog(fixture.source).empty());
    CHECK(state.catalog_chunks() == std::vector<std::int64_t>{others});
  }
}

TEST_CASE("what is deleted from the state is overwritten in its file") {
  StateFixture fixture;
  {
    State state = fixture.open();
    // Its file's bytes are random but for the path of the database's own pages: one that is large
    // fills pages of its own.
    state.begin_catalog();
    const std::int64_t chunk = state.put_catalog_files(fixture.source, {stored_file("f", 8000)});
    state.commit_catalog();
    const Bytes before = read_all(fixture.file());
    set_catalog(fixture, state, {});
    const Bytes after = read_all(fixture.file());
    // Of 64 stretches of what stood there, none is left.
    std::size_t found = 0;
    const Bytes middle(before.end() - 200'000, before.end() - 20'000);
    for (std::size_t i = 0; i + 64 <= middle.size(); i += 1024) {
      found += static_cast<std::size_t>(
          std::search(after.begin(), after.end(), middle.begin() + static_cast<std::ptrdiff_t>(i),
                      middle.begin() + static_cast<std::ptrdiff_t>(i + 64)) != after.end());
    }
    CHECK(found == 0);
    CHECK_THROWS_AS(static_cast<void>(state.catalog_files(chunk)), StateError);
  }
}

TEST_CASE("packs are known by number once they are durable") {
  StateFixture fixture;
  State state = fixture.open();
  const std::uint32_t first = state.new_pack(fixture.source);
  const std::uint32_t second = state.new_pack(fixture.source);
  CHECK(first != second);
  CHECK(state.packs().empty());
  state.note_pack(second, {Bytes32{7}, 1234});
  const auto packs = fixture.open().packs();
  REQUIRE(packs.size() == 1);
  CHECK(packs.at(second).id == Bytes32{7});
  CHECK(packs.at(second).bytes == 1234);
}

TEST_CASE("a pack is known until no source needs it") {
  StateFixture fixture;
  const Bytes16 other{9};
  State state = fixture.open();
  const auto durable = [&](const Bytes16& source) {
    const std::uint32_t number = state.new_pack(source);
    state.note_pack(number, {Bytes32{static_cast<std::uint8_t>(number)}, 100});
    return number;
  };
  const std::uint32_t kept = durable(fixture.source);
  const std::uint32_t given_up = durable(fixture.source);
  const std::uint32_t shared = durable(fixture.source);
  const std::uint32_t of_other = durable(other);
  // One that a run was about to fill when it was cut short.
  static_cast<void>(state.new_pack(fixture.source));
  const auto rows = [&] {
    StateConnection db(fixture.file().string());
    StateStatement count(db, "SELECT (SELECT count(*) FROM pack), (SELECT count(*) FROM pack_use)");
    count.step();
    return std::pair(count.integer(0), count.integer(1));
  };
  CHECK(rows() == std::pair<std::int64_t, std::int64_t>(5, 5));
  CHECK(state.catalog_packs(fixture.source).empty());

  set_catalog(fixture, state, {}, {kept, given_up, shared});
  CHECK(state.catalog_packs(fixture.source) == std::set{kept, given_up, shared});
  CHECK(rows() == std::pair<std::int64_t, std::int64_t>(4, 4));
  {
    StateTurn turn(state);
    state.begin_anew(other);
    // What the other source's own run has sealed so far is not given up by it either.
    state.set_catalog(other, {}, {of_other, shared});
    SourceState source = fixture.source_state(1, 1);
    source.source = other;
    state.commit(source, {}, Bytes(8));
  }
  set_catalog(fixture, state, {}, {kept});
  const auto packs = state.packs();
  CHECK(packs.size() == 3);
  CHECK(packs.contains(kept));
  CHECK_FALSE(packs.contains(given_up));
  CHECK(packs.contains(shared));
  // A number is never given twice: rows of a catalog may still name it.
  CHECK(durable(fixture.source) > of_other + 1);
  state.forget(other);
  state.forget(fixture.source);
  CHECK(rows() == std::pair<std::int64_t, std::int64_t>(0, 0));
}

TEST_CASE("a stretch that was damaged is the state's fault, and never another's") {
  StateFixture fixture;
  State state = fixture.open();
  const std::int64_t chunk = state.put_catalog_files(fixture.source, {stored_file("f")});
  {
    StateConnection db(fixture.file().string());
    db.run(
        "UPDATE catalog_chunk SET sealed = substr(sealed, 1, length(sealed) - 1) || "
        "CASE substr(sealed, -1) WHEN x'00' THEN x'01' ELSE x'00' END");
  }
  CHECK_THROWS_AS(static_cast<void>(state.catalog_files(chunk)), StateError);
  for (const Bytes& bad : {Bytes(3), Bytes{1, 0, 0, 0}, Bytes{0, 0, 0, 0, 1, 0, 0, 0, 9}}) {
    CHECK(kind_of([&] { static_cast<void>(decode_catalog_chunk(bad, "x")); }) ==
          ErrorKind::corrupt);
  }
}

}  // namespace valise::test
