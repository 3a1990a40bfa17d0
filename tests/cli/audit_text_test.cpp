#include "cli/audit_text.hpp"

#include <doctest/doctest.h>

namespace valise::cli {

namespace {

AuditedBackup backup(const std::string& snapshot, const std::string& policy, bool escrow) {
  AuditedBackup out;
  out.snapshot = snapshot;
  out.time = 1'769'846'400;
  out.device = "laptop";
  out.seq = 4;
  out.source = "ffeeddccbbaa99887766554433221100";
  out.escrow = escrow;
  out.k = escrow ? 1 : 0;
  out.readers = {{{"owner", "", true}, false, {}}};
  if (escrow) out.readers.push_back({{"Mara", "ABCD-EFGH-JKMN-PQRS", false}, false, {}});
  out.policy = policy;
  out.level = 1;
  out.present = true;
  return out;
}

AuditReport report() {
  AuditReport out;
  out.vault_id = "00112233445566778899aabbccddeeff";
  out.owner = "aa";
  out.backups = {backup("11111111", "p1", false), backup("22222222", "p1", false),
                 backup("33333333", "p2", true)};
  out.e2ee = 2;
  out.escrowed = 1;
  out.checkpoint = {{"aa", 2, "bb"}, {"cc", 4, "dd"}};
  return out;
}

}  // namespace

TEST_CASE("an audit tells at a glance who can open how many backups") {
  const std::string text = audit_text(report(), "/mnt/vault");
  CHECK(text.find("3 backups: 2 end-to-end (only the owner can open), 1 escrowed.\n") !=
        std::string::npos);
  CHECK(text.find("Besides the owner, Mara alone can open 1 backup.") != std::string::npos);
  CHECK(text.find("NOT compared with a key") != std::string::npos);
}

TEST_CASE("an audit groups backups by source and policy") {
  const std::string text = audit_text(report(), "/mnt/vault");
  const std::size_t source = text.find("Source ffeeddcc");
  const std::size_t e2ee = text.find("END-TO-END: only the owner, since");
  const std::size_t first = text.find("11111111");
  const std::size_t second = text.find("22222222");
  const std::size_t escrow = text.find("ESCROWED: the owner, or this agent, since");
  const std::size_t agent = text.find("agent Mara  ABCD-EFGH-JKMN-PQRS  not drilled");
  const std::size_t third = text.find("33333333");
  for (const std::size_t found : {source, e2ee, first, second, escrow, agent, third}) {
    REQUIRE(found != std::string::npos);
  }
  CHECK(source < e2ee);
  CHECK(e2ee < first);
  CHECK(first < second);
  CHECK(second < escrow);
  CHECK(escrow < agent);
  CHECK(agent < third);
  CHECK(text.find("END-TO-END", e2ee + 1) == std::string::npos);
}

TEST_CASE("an audit's findings stand with the worst first, and at their backups") {
  AuditReport found = report();
  found.findings = {{"undrilled", Severity::warning, "backup 33333333", "no drill yet"},
                    {"gap", Severity::error, "log", "entry 3 is missing"}};
  found.backups[1].findings = {"gap"};
  found.backups[2].present = false;
  const std::string text = audit_text(found, "/mnt/vault");
  const std::size_t gap = text.find("  ERROR    gap  log: entry 3 is missing\n");
  const std::size_t undrilled = text.find("  warning  undrilled  backup 33333333: no drill yet\n");
  REQUIRE(gap != std::string::npos);
  REQUIRE(undrilled != std::string::npos);
  CHECK(gap < undrilled);
  CHECK(text.find("! gap\n") != std::string::npos);
  CHECK(text.find("! container missing\n") != std::string::npos);
  CHECK(audit_text(report(), "/mnt/vault").find("No findings.\n") != std::string::npos);
}

TEST_CASE("checkpoint lines and limits stand at the foot") {
  CHECK(checkpoint_text(report()) == "aa 2 bb\ncc 4 dd\n");
  const std::string text = audit_text(report(), "/mnt/vault");
  const std::size_t lines = text.find("aa 2 bb\ncc 4 dd\n");
  const std::size_t limits = text.find("What no audit can prove:\n");
  REQUIRE(lines != std::string::npos);
  REQUIRE(limits != std::string::npos);
  CHECK(lines < limits);
  REQUIRE(!audit_limits().empty());
  for (const std::string& limit : audit_limits()) {
    CHECK(text.find("  - " + limit + "\n", limits) != std::string::npos);
  }
}

}  // namespace valise::cli
