#include "cli/text_out.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace valise::cli {

TEST_CASE("sizes are decimal and never show a thousand of a unit") {
  CHECK(format_bytes(0) == "0 bytes");
  CHECK(format_bytes(1) == "1 byte");
  CHECK(format_bytes(999) == "999 bytes");
  CHECK(format_bytes(1000) == "1.0 KB");
  CHECK(format_bytes(122'449) == "122.4 KB");
  CHECK(format_bytes(999'949) == "999.9 KB");
  CHECK(format_bytes(999'950) == "1.0 MB");
  CHECK(format_bytes(471'000'000) == "471.0 MB");
  CHECK(format_bytes(std::numeric_limits<std::uint64_t>::max()) == "18.4 EB");
}

TEST_CASE("counts are grouped and plurals are right") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1000) == "1,000");
  CHECK(format_count(1'234'567) == "1,234,567");
  CHECK(format_count_of(1, "message") == "1 message");
  CHECK(format_count_of(0, "message") == "0 messages");
  CHECK(format_count_of(1240, "entry", "entries") == "1,240 entries");
}

TEST_CASE("times are in UTC, and an absurd claim is cut and not a crash") {
  CHECK(format_time(0) == "1970-01-01 00:00:00 UTC");
  CHECK(format_time(1'769'846'400) == "2026-01-31 08:00:00 UTC");
  CHECK(format_time(std::numeric_limits<UnixSeconds>::max()) == "9999-12-31 23:59:59 UTC");
  CHECK(format_day(1'769'846'400) == "2026-01-31");
}

TEST_CASE("durations") {
  CHECK(format_seconds(0.04) == "0.0 s");
  CHECK(format_seconds(1.24) == "1.2 s");
  CHECK(format_seconds(9.97) == "10 s");
  CHECK(format_seconds(59.6) == "1 min 0 s");
  CHECK(format_seconds(200) == "3 min 20 s");
}

TEST_CASE("readers are named, and how many it takes") {
  const Reader owner{"owner", "", true};
  CHECK(format_readers({owner}, 0) == "only the owner");
  CHECK(format_readers({owner, {"Mara", "", false}}, 1) == "the owner, or the agent Mara");
  CHECK(format_readers({owner, {"Mara", "", false}, {"Tom", "", false}}, 1) ==
        "the owner, or any one of 2 agents: Mara, Tom");
  CHECK(format_readers({owner, {"Mara", "", false}, {"Tom", "", false}}, 2) ==
        "the owner, or any 2 of 2 agents together: Mara, Tom");
  CHECK(format_readers({owner, {"\x1B[1mMara", "", false}}, 1) ==
        "the owner, or the agent \uFFFD[1mMara");
}

TEST_CASE("a policy is told with its agents and their fingerprints") {
  PolicyView policy;
  CHECK(format_policy(policy) == "end-to-end: only the owner");
  policy.escrow = true;
  policy.k = 1;
  policy.agents = {{"Mara", "ABCD-EFGH-JKMN-PQRS", false}};
  CHECK(format_policy(policy) ==
        "escrow: the owner, or the agent Mara\n  Mara  ABCD-EFGH-JKMN-PQRS");
}

TEST_CASE("tables align characters, and lines have no blanks at the end") {
  CHECK(format_table({{"A", "B", "C"}, {"Zoë", "7", "x"}, {"é", "1234", ""}}, {1}) ==
        "A       B  C\n"
        "Zoë     7  x\n"
        "é    1234\n");
}

TEST_CASE("ids in a list are as long as it takes to tell them apart") {
  SnapshotRow a;
  a.snapshot = "0123456789abcdef0123456789abcdef";
  a.time = 1'769'846'400;
  a.source = "ffeeddccbbaa99887766554433221100";
  a.full = true;
  a.policy = "e2ee";
  a.bytes = 141'600'000;
  a.present = true;
  SnapshotRow b = a;
  b.snapshot = "01234567895555550123456789abcdef";
  b.full = false;
  b.policy = "escrow";
  b.k = 1;
  b.readers = {{"owner", "", true}, {"Mara", "", false}};
  b.name = "chat.db";
  b.messages = 500'250;
  b.present = false;
  CHECK(list_text({a, b}) ==
        "ID           TIME (UTC)           SOURCE    KIND       MESSAGES      SIZE  POLICY         "
        "READERS\n"
        "0123456789a  2026-01-31 08:00:00  ffeeddcc  full              ?  141.6 MB  e2ee           "
        "owner\n"
        "01234567895  2026-01-31 08:00:00  chat.db   increment   500,250   missing  escrow 1 of 1  "
        "owner, Mara\n");
  CHECK(list_text({}).find("valise backup") != std::string::npos);
}

TEST_CASE("sources of one name are told apart in a list") {
  SnapshotRow one;
  one.snapshot = "0123456789abcdef0123456789abcdef";
  one.source = "ffeeddcc000000000000000000000000";
  one.name = "chat.db";
  SnapshotRow other = one;
  other.snapshot = "fedcba9876543210fedcba9876543210";
  CHECK(list_text({one, other}).find("chat.db (") == std::string::npos);
  other.source = "aabbccdd000000000000000000000000";
  const std::string text = list_text({one, other});
  CHECK(text.find("chat.db (ffeeddcc)") != std::string::npos);
  CHECK(text.find("chat.db (aabbccdd)") != std::string::npos);
}

TEST_CASE("a backup is reported in one paragraph") {
  BackupSummary summary;
  summary.snapshot = "3f9a12cd000000000000000000000000";
  summary.source = "/home/ada/chat.db";
  summary.profile = "imessage";
  summary.schema_version = "0 (18026)";
  summary.policy = "e2ee";
  summary.readers = {{"owner", "", true}};
  summary.messages = 500'250;
  summary.pages = 115'024;
  summary.pages_changed = 1'240;
  summary.bytes_added = 122'400;
  summary.seconds = 0.8;
  CHECK(backup_text(summary) ==
        "chat.db: an increment 3f9a12cd: 500,250 messages, 1,240 of 115,024 pages changed, "
        "122.4 KB added to the vault, 0.8 s.\n"
        "  Who can open it: only the owner.\n"
        "  App: imessage, schema version 0 (18026).\n");
  summary.absent_tables = {"handle"};
  CHECK(backup_text(summary).find("version 0 (18026); not there: table handle.\n") !=
        std::string::npos);
  summary.full = true;
  summary.why_full = "the policy changed";
  CHECK(backup_text(summary).find("a full backup 3f9a12cd (the policy changed): 500,250 messages, "
                                  "115,024 pages, ") != std::string::npos);
  summary.dry_run = true;
  summary.snapshot.clear();
  CHECK(backup_text(summary).find("chat.db: would make a full backup (the policy") == 0);
  CHECK(backup_text(summary).find("added to the vault") == std::string::npos);
}

TEST_CASE("a verify report names each snapshot that would not restore") {
  VerifyReport report;
  report.snapshots.push_back({"3f9a12cd", 0, true, "", 1, {}});
  report.snapshots.push_back({"77aa12cd", 0, false, "container 77aa: tag mismatch", 0, {}});
  report.failed = 1;
  const std::string text = verify_text(report);
  CHECK(text.find("3f9a12cd  1970-01-01 00:00:00 UTC  would restore, 1 message\n") !=
        std::string::npos);
  CHECK(text.find("WOULD NOT RESTORE: container 77aa: tag mismatch") != std::string::npos);
  CHECK(text.find("1 of 2 snapshots would not restore") != std::string::npos);
}

TEST_CASE("a scrub report tells damage from what is only left over") {
  ScrubReport report;
  report.objects = 3;
  report.errors = 1;
  report.findings.push_back({"backups/aa.valise", "damaged", "wrong hash", true, true});
  report.findings.push_back(
      {"backups/bb.valise", "damaged", "backups/bb.valise: no end", true, false});
  report.findings.push_back({"tmp/bb", "leftover", "a write that was interrupted", false, false});
  const std::string text = scrub_text(report);
  CHECK(text.find("ERROR  backups/aa.valise: wrong hash; moved to damaged/\n") == 0);
  CHECK(text.find("ERROR  backups/bb.valise: no end\n") != std::string::npos);
  CHECK(text.find("note   tmp/bb: a write that was interrupted\n") != std::string::npos);
  CHECK(text.find("1 object damaged or missing") != std::string::npos);
}

}  // namespace valise::cli
