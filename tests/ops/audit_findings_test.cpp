#include <doctest/doctest.h>

#include <numeric>

#include "ops/audit_scene.hpp"
#include "support/test_files.hpp"
#include "support/texts.hpp"

namespace valise::test {

TEST_CASE("a sound vault of one device has no finding") {
  AuditScene scene;
  const auto snapshots = scene.nights(10);
  const AuditReport report = scene.pinned_audit();
  CHECK(codes_in(report).empty());
  CHECK(report.backup_count == 10);
  CHECK(report.levels == std::array<std::uint64_t, 4>{0, 10, 0, 0});
  REQUIRE(report.backups.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(report.backups[i].snapshot == snapshots[i]);
  CHECK(report.backups[0].bytes > 0);
  CHECK(report.bytes > report.backups[0].bytes);
}

TEST_CASE("a log with a gap proves nothing about its backups, and other logs stay proven") {
  AuditScene scene;
  const std::size_t phone = scene.vault.add_device("phone");
  scene.nights(3);
  scene.nights(2, phone);
  AuditReport report = scene.pinned_audit();
  const std::string signer = report.backups.back().signer;
  const std::string device = report.backups.back().device;
  scene.vault.storage().remove("log/" + signer + "/0000000001.entry");
  report = scene.pinned_audit();
  CHECK(codes_in(report).contains("gap"));
  for (const AuditedBackup& row : report.backups) {
    CAPTURE(row.device);
    CHECK(row.level == (row.device == device ? 0 : 1));
  }
}

TEST_CASE("a source's stretches and gaps show when it was escrowed, and when there was nothing") {
  AuditScene scene;
  scene.nights(10);
  scene.vault.set_policy(1, {"alice"});
  scene.vault.now += 20 * kDay;
  const auto escrowed = scene.nights(5);
  scene.vault.storage().remove("backups/" + escrowed[1] + ".valise");
  const AuditReport report = scene.audit();
  REQUIRE(report.sources.size() == 1);
  const AuditedSource& source = report.sources[0];
  CHECK(source.backups == 15);
  CHECK(source.device == "laptop");
  REQUIRE(source.stretches.size() == 2);
  CHECK_FALSE(source.stretches[0].escrow);
  CHECK(source.stretches[0].backups == 10);
  CHECK(source.stretches[0].flawed == 0);
  CHECK(source.stretches[1].escrow);
  CHECK(source.stretches[1].backups == 5);
  // It, and the three increments that build on it.
  CHECK(source.stretches[1].flawed == 4);
  REQUIRE(source.gaps.size() == 1);
  CHECK(source.gaps[0].from == source.stretches[0].to);
  CHECK(source.gaps[0].to - source.gaps[0].from == 21 * kDay);
  REQUIRE(source.flaws.size() == 1);
  CHECK(source.density.size() == kDensityParts);
  CHECK(std::accumulate(source.density.begin(), source.density.end(), 0U) == 15);
}

TEST_CASE("every finding that an audit makes is one that it lists") {
  // Each finding of the scenes here and of the attacks has its code in the list: the page, the
  // database and the manual tell of no other.
  std::set<std::string> known;
  for (const AuditCode& code : audit_codes()) {
    CHECK(known.insert(code.code).second);
    CHECK(std::string_view(code.meaning).ends_with('.'));
  }
  for (const char* code : {"signature",   "uncertified", "revoked",     "gap",
                           "prev",        "fork",        "rollback",    "stale-policy",
                           "policy",      "slot",        "duplicate",   "undrilled",
                           "early-prune", "missing",     "damaged",     "overdue",
                           "time",        "pin",         "drill",       "parent",
                           "commit",      "open",        "foreign",     "authority",
                           "owner-log",   "own-memory",  "checkpoint",  "other-vault",
                           "unlogged",    "policy-race", "vault-twice", "checkpoint-vault",
                           "chain",       "source",      "keep-lowered"}) {
    CAPTURE(code);
    CHECK(known.contains(code));
  }
  CHECK(known.size() == 35);
}

namespace {

// The page's words as one line, without macros at the beginnings of lines.
std::string words_of_page(const std::string& name) {
  const Bytes bytes = read_all(std::filesystem::path(VALISE_SOURCE_DIR) / "man" / name);
  std::string text;
  for (const char c : text_of(bytes)) text += c == '\n' ? ' ' : c;
  return text;
}

}  // namespace

TEST_CASE("the manual has every code, and says word for word what no audit can prove") {
  const std::string page = words_of_page("valise-audit.1");
  for (const std::string& limit : audit_limits()) {
    CAPTURE(limit);
    CHECK(contains(page, ".It " + limit + " "));
  }
  for (const AuditCode& code : audit_codes()) {
    CAPTURE(code.code);
    CHECK(contains(page, ".It " + std::string(code.code) + " " + code.meaning + " "));
  }
}

}  // namespace valise::test
