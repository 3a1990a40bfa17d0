#include "ops/file_reader.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "support/temp_folder.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

struct ReaderFixture {
  TempFolder folder;
  FileWalk walk{folder.path(), {}, {}};

  [[nodiscard]] WalkedFile put(const std::string& content) {
    write_text(folder.path() / "f", content);
    return walk.look_at("f").value();
  }
};

bool nothing_known(const Bytes32&) { return false; }

}  // namespace

TEST_CASE("a file is read as it was when it was opened, and what changes meanwhile is seen") {
  ReaderFixture fixture;
  const WalkedFile found = fixture.put("0123456789");
  const auto read = [&](const std::function<void()>& meanwhile) {
    PieceReader reader(fixture.walk, found);
    REQUIRE(reader.unreadable().empty());
    const Bytes content = reader.next();
    meanwhile();
    CHECK(reader.next().empty());
    bool changing = false;
    const StoredFile row = reader.finish(changing);
    CHECK(row.file.size == content.size());
    CHECK(row.file.content_hash == bulk_hash("VL1.file", content));
    // Too young, or changing: looked at again next time.
    CHECK(row.ctime_ns == 0);
    return changing;
  };
  const auto path = fixture.folder.path() / "f";
  CHECK_FALSE(read([] {}));
  CHECK(read([&] {
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_APPEND));
    write_all(fd.get(), bytes_of("more"), path);
  }));
  CHECK(read([&] { std::filesystem::resize_file(path, 3); }));
  CHECK(read([&] { std::filesystem::permissions(path, std::filesystem::perms(0600)); }));
}

TEST_CASE("a file that shrinks before it is read ends where it ends") {
  ReaderFixture fixture;
  const WalkedFile found = fixture.put(std::string(100, 'a'));
  PieceReader reader(fixture.walk, found);
  std::filesystem::resize_file(fixture.folder.path() / "f", 40);
  CHECK(reader.next().size() == 40);
  CHECK(reader.next().empty());
  bool changing = false;
  CHECK(reader.finish(changing).file.size == 40);
  CHECK(changing);
}

TEST_CASE("a file's time is trusted once it is older than a file system's step") {
  const std::int64_t now = 1'700'000'000'000'000'000;
  FileIdentity identity;
  identity.mtime_ns = identity.ctime_ns = now - 3'000'000'000;
  CHECK(is_settled(identity, now));
  identity.ctime_ns = now - 1'000'000'000;
  CHECK_FALSE(is_settled(identity, now));
  identity = {0, now + 1, now - 3'000'000'000, 0};
  CHECK_FALSE(is_settled(identity, now));
}

TEST_CASE("a small file is read in one piece, and is not sealed when it is known") {
  ReaderFixture fixture;
  PieceSealer sealer;
  const std::string content = "some words, some words, some words, some words";
  const WalkedFile found = fixture.put(content);
  ReadFile read = read_whole(fixture.walk, found, nothing_known, sealer);
  CHECK(read.unreadable.empty());
  CHECK_FALSE(read.known);
  REQUIRE(read.pieces.size() == 1);
  CHECK(read.pieces[0].plain_bytes == content.size());
  CHECK(read.stored.file.size == content.size());
  read = read_whole(
      fixture.walk, found,
      [&](const Bytes32& hash) { return hash == bulk_hash("VL1.file", bytes_of(content)); },
      sealer);
  CHECK(read.known);
  CHECK(read.pieces.empty());
}

TEST_CASE("an empty file has no piece, one that went away is told, and one that grew is left") {
  ReaderFixture fixture;
  PieceSealer sealer;
  WalkedFile found = fixture.put("");
  ReadFile read = read_whole(fixture.walk, found, nothing_known, sealer);
  CHECK(read.unreadable.empty());
  CHECK(read.pieces.empty());
  found = fixture.put(std::string(kWholeFileBytesMax + 1, 'x'));
  CHECK(read_whole(fixture.walk, found, nothing_known, sealer).too_large);
  std::filesystem::remove(fixture.folder.path() / "f");
  CHECK(read_whole(fixture.walk, found, nothing_known, sealer).unreadable ==
        "it went away while the backup ran");
  // A folder in its place between listing and reading.
  std::filesystem::create_directory(fixture.folder.path() / "f");
  CHECK_FALSE(read_whole(fixture.walk, found, nothing_known, sealer).unreadable.empty());
}

}  // namespace valise::test
