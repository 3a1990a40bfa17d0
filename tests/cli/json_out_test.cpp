#include "cli/json_out.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace valise::cli {

namespace {

void check_has(const Json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    CAPTURE(key);
    CHECK(object.contains(key));
  }
}

}  // namespace

TEST_CASE("times are RFC 3339 in UTC, whatever a vault claims") {
  CHECK(rfc3339(std::int64_t{0}) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(std::int64_t{1'769'846'400}) == "2026-01-31T08:00:00Z");
  CHECK(rfc3339(std::int64_t{-1}) == "1969-12-31T23:59:59Z");
  CHECK(rfc3339(std::numeric_limits<std::uint64_t>::max()) == "9999-12-31T23:59:59Z");
  CHECK(rfc3339(std::numeric_limits<std::int64_t>::min()) == "0001-01-01T00:00:00Z");
}

TEST_CASE("a path that is not UTF-8 keeps its bytes in base64") {
  Json object;
  set_path(object, "path", "/home/ada/chat.db");
  CHECK(object.dump() == R"({"path":"/home/ada/chat.db"})");
  set_path(object, "path", "/\xFF");
  CHECK(object["path"] == "/\uFFFD");
  CHECK(object["path_b64"] == "L/8=");
  set_path(object, "path", "/a\xFF");
  CHECK(object["path_b64"] == "L2H/");
  set_path(object, "path", "\xFF");
  CHECK(object["path_b64"] == "/w==");
}

TEST_CASE("a line is one line of valid JSON, even from bytes that are not text") {
  const std::string line = json_line(warning_json("bad\n\xFF"));
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(Json::parse(line)["message"] == "bad\n\uFFFD");
}

TEST_CASE("an error has its exit code and the name of its kind") {
  const Json object = error_json(Error(ErrorKind::wrong_key, "wrong passphrase"));
  CHECK(object.dump() ==
        R"({"type":"error","code":12,"kind":"wrong_key","message":"wrong passphrase"})");
  CHECK(std::string(kind_name(ErrorKind::cancelled)) == "cancelled");
}

TEST_CASE("a backup's summary has every field that scripts rely on") {
  BackupSummary summary;
  summary.snapshot = "3f9a12cd000000000000000000000000";
  summary.policy = "escrow";
  summary.k = 1;
  summary.readers = {{"owner", "", true}, {"Mara", "ABCD-EFGH-JKMN-PQRS", false}};
  summary.source = "/home/ada/chat.db";
  summary.first_message = 0;
  summary.bytes_added = 122'400;
  const Json object = backup_json(summary);
  CHECK(object["type"] == "summary");
  check_has(object, {"snapshot", "kind", "why_full", "policy", "readers", "source", "messages",
                     "first_message", "last_message", "pages", "pages_changed", "bytes_added",
                     "files", "files_new", "files_missing", "files_unreadable", "seconds"});
  CHECK(object["kind"] == "increment");
  CHECK(object["why_full"].is_null());
  CHECK(object["first_message"] == "1970-01-01T00:00:00Z");
  CHECK(object["last_message"].is_null());
  CHECK(object["readers"][0]["fingerprint"].is_null());
  CHECK(object["readers"][1]["name"] == "Mara");
  summary.snapshot.clear();
  CHECK(backup_json(summary)["snapshot"].is_null());
}

TEST_CASE("a snapshot tells name and count only where they are known") {
  SnapshotRow row;
  row.snapshot = "3f9a12cd000000000000000000000000";
  row.full = true;
  const Json sealed = snapshot_json(row);
  CHECK(sealed["type"] == "snapshot");
  check_has(sealed, {"snapshot", "time", "source", "kind", "parent", "policy", "readers", "bytes"});
  CHECK(sealed["parent"].is_null());
  CHECK_FALSE(sealed.contains("name"));
  CHECK_FALSE(sealed.contains("messages"));
  row.name = "chat.db";
  row.messages = 7;
  row.parent = "11";
  const Json opened = snapshot_json(row);
  CHECK(opened["name"] == "chat.db");
  CHECK(opened["messages"] == 7);
  CHECK(opened["parent"] == "11");
}

TEST_CASE("progress without a known end has no total") {
  CHECK(status_json({.step = "seal", .object = "chat.db", .done = 3})["total"].is_null());
  CHECK(status_json({.step = "seal", .object = "chat.db", .done = 3, .total = 9})["total"] == 9);
}

}  // namespace valise::cli
