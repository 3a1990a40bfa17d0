#include <doctest/doctest.h>
#include <sys/stat.h>

#include "ops/media_scene.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("what the rows name and the disk lacks is told, and kept where it was kept before") {
  MediaScene scene;
  scene.put("Attachments/here", "here");
  scene.name("Attachments/here", 4);
  scene.name("Attachments/never", 1234);
  scene.name("Attachments/never", 12);
  scene.name("../outside");
  const BackupSummary first = scene.back_up();
  CHECK(first.files.missing == 1);
  CHECK(first.files.missing_bytes == 1234);
  CHECK(first.files.rows_outside == 1);
  CHECK(scene.noticed(FileNotice::Kind::missing) == Paths{"Attachments/never"});
  CHECK(scene.files_of(first.snapshot).at("Attachments/never").row.size == 1234);

  fs::remove(scene.at("Attachments/here"));
  const BackupSummary second = scene.back_up();
  CHECK(second.files.missing == 2);
  CHECK(second.files.missing_kept == 1);
  CHECK(second.files.gone == 0);
  CHECK(scene.noticed(FileNotice::Kind::missing_kept) == Paths{"Attachments/here"});
  CHECK(scene.files_of(second.snapshot).at("Attachments/here").content == "here");

  SampleConnection(scene.database()).execute("DELETE FROM attachment");
  const BackupSummary third = scene.back_up();
  CHECK(third.files.missing == 0);
  CHECK(third.files.gone == 1);
  CHECK(scene.files_of(third.snapshot).empty());
  CHECK(scene.files_of(second.snapshot).at("Attachments/here").content == "here");

  scene.put("Attachments/never", "it came");
  CHECK(scene.files_of(scene.back_up().snapshot).at("Attachments/never").content == "it came");
}

TEST_CASE("where the rows are not read to their end, what they named before is not gone") {
  MediaScene scene;
  const auto execute = [&](const std::string& sql) {
    SampleConnection(scene.database()).execute(sql);
  };
  execute(
      "DROP TABLE attachment; "
      "CREATE TABLE attachment(filename TEXT PRIMARY KEY, total_bytes INTEGER) WITHOUT ROWID");
  scene.put("Attachments/walked", "walked");
  for (const std::string name : {"elsewhere", "kept", "never"}) scene.name("other/" + name, 3);
  scene.put("other/elsewhere", "old");
  scene.put("other/kept", "kept");
  scene.put("Attachments/gone", "gone");
  const BackupSummary first = scene.back_up();
  CHECK(first.files.complete());

  // It stands before all other rows, and cannot be read over.
  execute("INSERT INTO attachment VALUES(replace(hex(zeroblob(1000000)), '0', '!'), 1)");
  fs::remove(scene.at("other/kept"));
  fs::remove(scene.at("Attachments/gone"));
  scene.put("other/elsewhere", "new words");
  const BackupSummary second = scene.back_up();
  CHECK(second.files.rows_cut_short);
  CHECK_FALSE(second.files.complete());
  CHECK(second.files.gone == 0);
  CHECK(second.files.unreadable == 0);
  const auto files = scene.files_of(second.snapshot);
  CHECK(files.size() == 5);
  CHECK(files.at("Attachments/walked").content == "walked");
  CHECK(files.at("Attachments/gone").content == "gone");
  CHECK(files.at("other/elsewhere").content == "new words");
  CHECK(files.at("other/kept").content == "kept");
  CHECK(files.at("other/never").row.state == FileState::missing);
  const StatusReport report = status(scene.night.run(), {});
  CHECK(report.sources.at(0).incomplete);
  CHECK(report.ok());
  // The same again changes nothing.
  CHECK(scene.catalog_records(scene.back_up().snapshot) == 0);

  execute("DELETE FROM attachment WHERE filename LIKE '!%'");
  const BackupSummary last = scene.back_up();
  CHECK(last.files.complete());
  CHECK(last.files.gone == 1);
  CHECK(last.files.missing_kept == 1);
  CHECK(scene.files_of(last.snapshot).size() == 4);
  CHECK_FALSE(status(scene.night.run(), {}).sources.at(0).incomplete);
}

TEST_CASE("rows that cannot be read, or do not say which file, let no kept file go") {
  MediaScene scene;
  const auto execute = [&](const std::string& sql) {
    SampleConnection(scene.database()).execute(sql);
  };
  scene.put("Attachments/here", "here");
  scene.put("Attachments/offloaded", "kept");
  scene.put("other/kept", "kept");
  execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
      "INSERT INTO attachment(filename) SELECT '/elsewhere/' || printf('%080d', i) FROM n");
  for (const std::string path : {"Attachments/here", "Attachments/offloaded", "other/kept"}) {
    scene.name(path, 4);
  }
  CHECK(scene.back_up().files.complete());
  fs::remove(scene.at("Attachments/offloaded"));
  fs::remove(scene.at("other/kept"));
  const BackupSummary before = scene.back_up();
  REQUIRE(before.files.missing_kept == 2);
  REQUIRE(before.files.complete());

  bool not_read = true;
  SUBCASE("a column has another name") {
    execute("ALTER TABLE attachment RENAME COLUMN filename TO file_name");
  }
  SUBCASE("a page of the table is damaged") { damage_last_leaf(scene.database(), "attachment"); }
  SUBCASE("they are URLs by now") {
    not_read = false;
    execute(
        "UPDATE attachment SET filename = 'file:///Users/me' || substr(filename, 2) "
        "WHERE filename LIKE '~%'");
  }
  SUBCASE("they are no text by now") {
    not_read = false;
    execute("UPDATE attachment SET filename = CAST(filename AS BLOB) WHERE filename LIKE '~%'");
  }
  for (int night = 0; night < 2; ++night) {
    const BackupSummary after = scene.back_up(night == 1);
    CHECK(after.files.complete() == !not_read);
    CHECK_FALSE(after.files.has_all_named());
    CHECK(after.files.rows_cut_short == not_read);
    CHECK(after.files.why_cut_short.empty() == !not_read);
    CHECK(after.files.rows_unclear == (not_read ? 0 : 3));
    CHECK(after.files.gone == 0);
    CHECK(after.files.in_doubt == 2);
    CHECK(scene.noticed(FileNotice::Kind::missing_kept) ==
          Paths{"Attachments/offloaded", "other/kept"});
    CHECK(scene.noticed(FileNotice::Kind::unclear).size() == (not_read ? 0 : 3));
    const auto files = scene.files_of(after.snapshot);
    CHECK(files.size() == 3);
    CHECK(files.at("Attachments/offloaded").content == "kept");
    CHECK(files.at("other/kept").content == "kept");
  }
}

TEST_CASE("a row in a form that is not known keeps what has the name that it means, and no more") {
  MediaScene scene;
  for (const std::string path : {"Attachments/1/a b.jpg", "Attachments/2/other.jpg"}) {
    scene.put(path, "content");
    scene.name(path, 7);
  }
  static_cast<void>(scene.back_up());
  SampleConnection(scene.database())
      .execute(
          "UPDATE attachment SET filename = 'file:///Users/me/Library/Messages/Attachments/1/"
          "a%20b.jpg' WHERE filename LIKE '%a b.jpg'; "
          "DELETE FROM attachment WHERE filename LIKE '%other.jpg'");
  fs::remove(scene.at("Attachments/1/a b.jpg"));
  fs::remove(scene.at("Attachments/2/other.jpg"));
  const BackupSummary after = scene.back_up();
  CHECK(after.files.rows_unclear == 1);
  CHECK(after.files.in_doubt == 1);
  CHECK(after.files.gone == 1);
  const auto files = scene.files_of(after.snapshot);
  CHECK(files.at("Attachments/1/a b.jpg").content == "content");
  CHECK(files.count("Attachments/2/other.jpg") == 0);
}

TEST_CASE("a row that leads elsewhere beyond doubt keeps no file that was deleted") {
  MediaScene scene;
  scene.put("Attachments/deleted", "x");
  SampleConnection(scene.database())
      .execute("INSERT INTO attachment(filename) VALUES('/var/folders/a/T/Transfers/b')");
  static_cast<void>(scene.back_up());
  fs::remove(scene.at("Attachments/deleted"));
  const BackupSummary after = scene.back_up();
  CHECK(after.files.gone == 1);
  CHECK(after.files.rows_outside == 1);
  CHECK(after.files.complete());
}

TEST_CASE("a symlink in the place of a named file does not take the place of its content") {
  MediaScene scene;
  for (const std::string path : {"Attachments/a", "Attachments/b", "other/c"}) {
    scene.put(path, "content of " + path);
    scene.name(path, 5);
  }
  scene.put("Attachments/unnamed", "x");
  static_cast<void>(scene.back_up());
  for (const std::string path : {"Attachments/a", "other/c", "Attachments/unnamed"}) {
    fs::remove(scene.at(path));
    fs::create_symlink("/nowhere/f", scene.at(path));
  }
  fs::create_symlink("/nowhere/f", scene.at("Attachments/new"));
  scene.name("Attachments/new");
  const Paths told{"Attachments/a", "Attachments/new", "other/c"};
  for (const bool full : {false, true, false}) {
    const BackupSummary summary = scene.back_up(full);
    CHECK(summary.files.files == 1);
    CHECK(summary.files.unreadable == 3);
    CHECK(summary.files.lacking == 1);
    CHECK_FALSE(summary.files.complete());
    CHECK(scene.noticed(FileNotice::Kind::unreadable) == told);
    const auto files = scene.files_of(summary.snapshot);
    CHECK(files.at("Attachments/a").content == "content of Attachments/a");
    CHECK(files.at("other/c").content == "content of other/c");
    CHECK(files.at("Attachments/unnamed").row.state == FileState::symlink);
    CHECK(files.at("Attachments/new").row.state == FileState::symlink);
  }
  PruneOptions options;
  options.keep.last = 1;
  CHECK(prune(scene.night.run(), options, {}).pruned > 0);
  for (const std::string path : {"Attachments/a", "Attachments/new", "other/c"}) {
    fs::remove(scene.at(path));
  }
  const BackupSummary after = scene.back_up();
  CHECK(after.files.missing == 3);
  CHECK(after.files.missing_kept == 2);
  CHECK(after.files.without_content == 1);
  const auto files = scene.files_of(after.snapshot);
  CHECK(files.at("Attachments/a").content == "content of Attachments/a");
  CHECK(files.at("Attachments/new").row.state == FileState::missing);
}

TEST_CASE("a row that names a folder is told as what it is") {
  MediaScene scene;
  scene.put("Attachments/a/f", "x");
  scene.put("Drafts/f", "x");
  scene.name("Attachments/a", 5);
  scene.name("Drafts", 5);
  REQUIRE(mkfifo(scene.at("pipe").c_str(), 0600) == 0);
  scene.name("pipe", 5);
  for (int night = 0; night < 2; ++night) {
    const BackupSummary summary = scene.back_up();
    CHECK(summary.files.files == 1);
    CHECK(summary.files.missing == 0);
    CHECK(summary.files.folders == 2);
    CHECK(summary.files.special == 1);
    CHECK(summary.files.complete());
    CHECK(scene.noticed(FileNotice::Kind::folder) == Paths{"Attachments/a", "Drafts"});
    CHECK(scene.files_of(summary.snapshot).size() == 1);
  }
}

TEST_CASE("a database that loses a table of its app stays the same source, and keeps its files") {
  MediaScene scene;
  scene.put("Attachments/a", "on the disk");
  scene.put("Attachments/offloaded", "kept");
  scene.name("Attachments/offloaded", 4);
  const BackupSummary first = scene.back_up();
  CHECK(first.absent_tables.empty());
  fs::remove(scene.at("Attachments/offloaded"));
  SampleConnection(scene.database()).execute("DROP TABLE handle");
  const BackupSummary second = scene.back_up();
  CHECK(second.profile == "imessage");
  CHECK(second.source_id == first.source_id);
  CHECK_FALSE(second.full);
  CHECK(second.messages == 20);
  CHECK(second.absent_tables == std::vector<std::string>{"handle"});
  CHECK(second.files.missing_kept == 1);

  // Which files its rows name is not known then: what was kept may still be named.
  SampleConnection(scene.database()).execute("DROP TABLE attachment");
  const BackupSummary third = scene.back_up();
  CHECK(third.absent_tables == std::vector<std::string>{"handle", "attachment"});
  CHECK(third.files.complete());
  CHECK(third.files.gone == 0);
  CHECK(scene.files_of(third.snapshot).at("Attachments/offloaded").content == "kept");
  CHECK(scene.night.restore().messages == 20);
  CHECK(scene.night.warnings.empty());

  // Two are too many: that is told, and what is left out since, every night.
  SampleConnection(scene.database()).execute("DROP TABLE chat");
  const BackupSummary fourth = scene.back_up();
  CHECK(fourth.profile == "sqlite");
  CHECK(fourth.full);
  REQUIRE(scene.night.warnings.size() == 1);
  CHECK(scene.night.warnings[0].find("as \"imessage\" before") != std::string::npos);
  static_cast<void>(scene.back_up());
  REQUIRE(scene.night.warnings.size() == 2);
  CHECK(scene.night.warnings[1].find("its attachments are not backed up") != std::string::npos);
}

}  // namespace valise::test
