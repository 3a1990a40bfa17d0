#include "cli/files_out.hpp"

#include <doctest/doctest.h>

#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

SnapshotFile picture() {
  SnapshotFile file;
  file.path = "Attachments/a.jpg";
  file.size = 1'893'412;
  file.mode = 0640;
  file.mtime_ns = 1'731'023'990'123'456'789;
  file.content_hash = std::string(64, 'a');
  return file;
}

SnapshotFile cloud_picture() {
  SnapshotFile file;
  file.path = "b\n\xff";
  file.state = SnapshotFileState::missing;
  file.size = 500;
  return file;
}

SnapshotFile link_to(const std::string& target) {
  SnapshotFile file;
  file.path = "latest";
  file.state = SnapshotFileState::link;
  file.mode = 0777;
  file.mtime_ns = -1;
  file.link = target;
  return file;
}

}  // namespace

TEST_CASE("files of a snapshot are shown a line each, whatever their names") {
  CHECK(file_line(picture()) == "-rw-r-----     1.9 MB  2024-11-07 23:59:50  Attachments/a.jpg\n");
  CHECK(file_line(cloud_picture()) ==
        "missing     500 bytes                       b\uFFFD\uFFFD\n");
  CHECK(file_line(link_to("a")) == "lrwxrwxrwx             1969-12-31 23:59:59  latest -> a\n");
  const Json json = file_json(picture());
  CHECK(json["type"] == "file");
  CHECK(json["path"] == "Attachments/a.jpg");
  CHECK(json["state"] == "present");
  CHECK(json["size"] == 1'893'412);
  CHECK(json["mtime"] == "2024-11-07T23:59:50Z");
  CHECK(json["mode"] == "0640");
  CHECK(json["content_hash"] == std::string(64, 'a'));
  CHECK(file_json(cloud_picture())["path_b64"] == "Ygr/");
  CHECK(file_json(cloud_picture())["state"] == "missing");
  CHECK_FALSE(file_json(cloud_picture()).contains("mtime"));
  CHECK(file_json(link_to("\xff"))["link_b64"] == "/w==");
}

TEST_CASE("a list of files ends with what they come to") {
  ListedFiles listed;
  listed.snapshot = "3f9a12cd000000000000000000000000";
  listed.files = 1200;
  listed.bytes = 2'000'000'000;
  CHECK(listed_files_text(listed) == "3f9a12cd: 1,200 files, 2.0 GB.\n");
  listed.links = 1;
  listed.missing = 2;
  listed.missing_bytes = 1500;
  CHECK(listed_files_text(listed) ==
        "3f9a12cd: 1,200 files, 2.0 GB, 1 symlink, 2 without content (1.5 KB).\n");
  CHECK(listed_files_json(listed)["files_missing"] == 2);
}

TEST_CASE("a diff shows changes, then messages and sums") {
  FileChange change;
  change.kind = FileChange::Kind::changed;
  change.path = "b";
  change.before = cloud_picture();
  change.after = picture();
  CHECK(change_line(change) == "~ b (missing -> 1.9 MB)\n");
  CHECK(change_json(change)["change"] == "changed");
  CHECK(change_json(change)["before"]["state"] == "missing");
  CHECK(change_json(change)["after"]["size"] == 1'893'412);
  change.kind = FileChange::Kind::came;
  change.before.reset();
  CHECK(change_line(change) == "+ b (1.9 MB)\n");
  CHECK(change_json(change)["before"].is_null());
  change.kind = FileChange::Kind::went;
  change.before = link_to("x");
  change.after.reset();
  CHECK(change_line(change) == "- b (link)\n");

  DiffResult result;
  result.before.snapshot = "3f9a12cd000000000000000000000000";
  result.before.name = "chat.db";
  result.before.messages = 1;
  result.after = result.before;
  result.after.messages = 2000;
  result.after.first_message = 0;
  result.after.last_message = 1'769'846'400;
  result.same_database = false;
  result.came = {2, 1500};
  CHECK(diff_text(result) ==
        "3f9a12cd  1970-01-01 00:00:00 UTC  chat.db: 1 message\n"
        "3f9a12cd  1970-01-01 00:00:00 UTC  chat.db: 2,000 messages, 1970-01-01 to 2026-01-31\n"
        "The databases differ.\n"
        "2 files came (1.5 KB), 0 files changed (0 bytes), 0 files went (0 bytes).\n");
  CHECK(diff_json(result)["after"]["last_message"] == "2026-01-31T08:00:00Z");
  CHECK(diff_json(result)["before"]["first_message"].is_null());
  CHECK(diff_json(result)["came"]["bytes"] == 1500);
}

TEST_CASE("a restore tells of files that came, and names those that did not") {
  RestoreResult result;
  result.snapshot = "3f9a12cd000000000000000000000000";
  result.database = "/to/chat.db";
  result.folder = "/to";
  CHECK(restore_text(result).find("file") == std::string::npos);
  CHECK(exit_code_of(result) == 0);
  result.files = 1200;
  result.files_bytes = 1'893'412;
  result.links = 1;
  result.files_missing = 3;
  CHECK(restore_text(result).find("  1,200 files, 1.9 MB, 1 symlink, below /to.\n"
                                  "  3 files (0 bytes) had no content") != std::string::npos);
  result.files_refused.add("a\n", "/to/a: a symlink stands there");
  CHECK(exit_code_of(result) == 14);
  result.files_damaged.add("b", "media/00/00.pack: it is missing");
  CHECK(exit_code_of(result) == 13);
  const std::string text = restore_text(result);
  CHECK(text.find("DAMAGED  b: media/00/00.pack: it is missing\n"
                  "NOT RESTORED  a\uFFFD: /to/a: a symlink stands there\n"
                  "2 files did not come back; the others did.\n") != std::string::npos);
  const Json json = restore_json(result);
  CHECK(json["files"] == 1200);
  CHECK(json["files_damaged"] == 1);
  CHECK(json["damaged"][0]["path"] == "b");
  CHECK(json["refused"][0]["path"] == "a\n");
  result.files_damaged.count = 20'000;
  CHECK(restore_text(result).find("DAMAGED  and 19,999 more\n") != std::string::npos);
  result.database.clear();
  CHECK(restore_text(result).starts_with("Restored files of 3f9a12cd as it was on"));
  CHECK(restore_json(result)["database"].is_null());
}

TEST_CASE("a verify report counts files and names damaged ones") {
  VerifyReport report;
  VerifiedSnapshot& one = report.snapshots.emplace_back();
  one.snapshot = "3f9a12cd";
  one.ok = true;
  one.files = 2;
  one.files_bytes = 3000;
  CHECK(verify_text(report).find("would restore, 0 messages, 2 files (3.0 KB)\n") !=
        std::string::npos);
  CHECK(exit_code_of(report) == 0);
  CHECK(verified_json(one)["refused"].empty());
  one.files_refused.add("l\n", "other files stand below it");
  CHECK(verify_text(report).find("2 files (3.0 KB); 1 file would not come back with the others\n"
                                 "  NOT RESTORED  l\uFFFD: other files stand below it\n") !=
        std::string::npos);
  CHECK(exit_code_of(report) == 14);
  CHECK(verified_json(one)["files_refused"] == 1);
  CHECK(verified_json(one)["refused"][0]["path"] == "l\n");
  one.ok = false;
  one.files_damaged.add("a", "media/00/00.pack: it is missing");
  report.failed = 1;
  CHECK(verify_text(report).find("WOULD RESTORE WITHOUT 1 of 2 files\n"
                                 "  DAMAGED  a: media/00/00.pack: it is missing\n"
                                 "  NOT RESTORED  l") != std::string::npos);
  CHECK(exit_code_of(report) == 13);
  CHECK(verified_json(one)["files_damaged"] == 1);
  CHECK(verified_json(one)["damaged"][0]["path"] == "a");
}

}  // namespace valise::cli
