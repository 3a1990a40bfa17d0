#include "ops/diff.hpp"

#include <doctest/doctest.h>

#include "ops/catalog_scene.hpp"
#include "ops/snapshot_catalog.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace valise::test {
namespace {

using Lines = std::vector<std::string>;

std::string change_line(const FileChange& change) {
  const char* const marks[] = {"+", "~", "-"};
  std::string line = marks[static_cast<int>(change.kind)] + change.path;
  line += " " + (change.before ? std::to_string(change.before->size) : std::string("none"));
  return line + " " + (change.after ? std::to_string(change.after->size) : std::string("none"));
}

}  // namespace

TEST_CASE("a diff tells what came, changed and went") {
  CatalogScene scene;
  scene.maker.add("a", "goes");
  scene.maker.add("b", "stays");
  scene.maker.add("c", "old");
  scene.maker.add("mode", "m", {.mode = 0600});
  scene.maker.add("time", "t", {.mtime_ns = 1});
  scene.maker.add_missing("m", 5);
  scene.maker.add_link("l", "a");
  const std::string before = scene.full(scene.maker.take());
  scene.maker.add_removed("a");
  scene.maker.add("c", "newer");
  scene.maker.add("d", "came");
  scene.maker.add("mode", "m", {.mode = 0644});
  scene.maker.add("time", "t", {.mtime_ns = 2});
  scene.maker.add("m", "here!");
  scene.maker.add_link("l", "b");
  const std::string after = scene.increment(scene.maker.take());
  Lines lines;
  const Run run = scene.fixture.run("stranger");
  const auto compare = [&](const DiffOptions& options) {
    lines.clear();
    return diff_in(scene.vault, run, options, scene.fixture.owner(),
                   [&](const FileChange& change) { lines.push_back(change_line(change)); });
  };
  const DiffResult result = compare({before, after, ""});
  CHECK(lines == Lines{"-a 4 none", "~c 3 5", "+d none 4", "~l 0 0", "~m 5 5", "~mode 1 1"});
  CHECK(result.same_source);
  CHECK(result.same_database);
  CHECK(result.before.snapshot == before);
  CHECK(result.after.messages == result.before.messages);
  CHECK(result.came.files == 1);
  CHECK(result.came.bytes == 4);
  CHECK(result.changed.files == 4);
  CHECK(result.went.bytes == 4);
  static_cast<void>(compare({before, before, ""}));
  CHECK(lines.empty());
  CHECK(kind_of([&] {
          static_cast<void>(compare({before, "ffff0000", ""}));
        }) == ErrorKind::not_found);
}

TEST_CASE("a diff counts messages, and warns of different sources") {
  NightFixture fixture;
  const auto chat = fixture.folder() / "chat.db";
  const auto other = fixture.folder() / "other.db";
  make_imessage_database(chat, 300);
  make_database(other, {.rows = 30});
  const BackupSummary first = fixture.night(chat);
  SampleConnection(chat).execute("DELETE FROM message WHERE ROWID > 290");
  const BackupSummary second = fixture.night(chat);
  const BackupSummary third = fixture.night(other);
  const auto compare = [&](const std::string& a, const std::string& b) {
    return diff(fixture.run(), {a, b, ""}, fixture.owner(), [](const FileChange&) {});
  };
  const DiffResult nights = compare(first.snapshot, second.snapshot);
  CHECK(nights.before.messages == 300);
  CHECK(nights.after.messages == 290);
  CHECK(nights.before.first_message == nights.after.first_message);
  CHECK(*nights.before.last_message > *nights.after.last_message);
  CHECK_FALSE(nights.same_database);
  CHECK(fixture.warnings.empty());
  CHECK_FALSE(compare(first.snapshot, third.snapshot).same_source);
  REQUIRE(fixture.warnings.size() == 1);
  CHECK(fixture.warnings[0].find("different sources") != std::string::npos);
}

TEST_CASE("the files of a snapshot are listed with what is known of them") {
  CatalogScene scene;
  scene.maker.add("a\n\xff", "abc", {.mode = 0640, .mtime_ns = 5});
  scene.maker.add_link("l", "a");
  scene.maker.add_missing("m", 7);
  const std::string snapshot = scene.full(scene.maker.take());
  std::vector<SnapshotFile> files;
  const ListedFiles listed =
      list_files_in(scene.vault, scene.fixture.run("stranger"), {}, scene.fixture.owner(),
                    [&](const SnapshotFile& file) { files.push_back(file); });
  CHECK(listed.snapshot == snapshot);
  CHECK(listed.files == 1);
  CHECK(listed.bytes == 3);
  CHECK(listed.links == 1);
  CHECK(listed.missing == 1);
  CHECK(listed.missing_bytes == 7);
  REQUIRE(files.size() == 3);
  CHECK(files[0].path == "a\n\xff");
  CHECK(files[0].mode == 0640);
  CHECK(files[0].mtime_ns == 5);
  CHECK(files[0].content_hash.size() == 64);
  CHECK(files[1].state == SnapshotFileState::link);
  CHECK(files[1].link == "a");
  CHECK(files[2].state == SnapshotFileState::missing);
  CHECK(files[2].content_hash.empty());
}

TEST_CASE("a list of what is wrong keeps the first paths and counts all") {
  FileFaults files;
  for (std::size_t i = 0; i < kFileFaultsMax + 5; ++i) {
    files.add(std::to_string(2'000'000 - i), "x");
  }
  files.add("0", "x");
  files.add("9", "x");
  CHECK(files.count == kFileFaultsMax + 7);
  REQUIRE(files.first.size() == kFileFaultsMax);
  CHECK(files.first.front().path == "0");
  CHECK(files.first.back().path == std::to_string(2'000'000 - 6));
  CHECK(std::is_sorted(files.first.begin(), files.first.end(),
                       [](const FileFault& a, const FileFault& b) { return a.path < b.path; }));
}

}  // namespace valise::test
