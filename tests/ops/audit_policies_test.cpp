#include <doctest/doctest.h>

#include "ops/audit_scene.hpp"
#include "support/texts.hpp"

namespace valise::test {
namespace {

using Codes = std::multiset<std::string>;

}  // namespace

TEST_CASE("an agent that never drilled is a warning, one for each policy with backups") {
  AuditScene scene;
  scene.nights(2);
  scene.vault.set_policy(2, {"alice", "bob"});
  INFO("nobody needs to drill where there is no backup");
  CHECK(codes_in(scene.audit()).empty());
  auto first = scene.nights(1);
  CHECK(contains(finding_of(scene.audit(), "undrilled").message, "open the one backup under"));
  for (const std::string& snapshot : scene.nights(2)) first.push_back(snapshot);
  CHECK(codes_in(scene.audit()) == Codes{"undrilled", "undrilled"});
  const AuditFinding finding = finding_of(scene.audit(), "undrilled");
  CHECK(finding.severity == Severity::warning);
  CHECK(contains(finding.message, "\"alice\""));
  CHECK(contains(finding.message, "any of the 3 backups under"));
  CHECK(contains(finding.message, "valise escrow drill " + first.back().substr(0, 8)));

  scene.vault.drill(first[1], "alice");
  CHECK(codes_in(scene.audit()) == Codes{"undrilled"});
  CHECK(contains(finding_of(scene.audit(), "undrilled").message, "\"bob\""));
  scene.next_day();
  scene.vault.drill(first[0], "bob");
  CHECK(codes_in(scene.audit()).empty());

  INFO("a drill speaks for its own policy only");
  scene.vault.set_policy(1, {"bob"});
  scene.nights(1);
  CHECK(codes_in(scene.audit()) == Codes{"undrilled"});
}

TEST_CASE("the audit tells when each agent was last drilled, and on which backup") {
  AuditScene scene;
  scene.vault.set_policy(1, {"alice", "bob"});
  const auto first = scene.nights(2);
  scene.vault.drill(first[1], "alice");
  const UnixSeconds early = scene.vault.now;
  scene.vault.set_policy(2, {"alice", "carol"});
  const auto second = scene.nights(3);
  scene.vault.drill(second[0], "alice");
  const UnixSeconds late = scene.vault.now;
  const AuditReport report = scene.audit();
  REQUIRE(report.agents.size() == 3);
  const AuditedAgent& alice = report.agents[0];
  CHECK(alice.name == "alice");
  CHECK(alice.policies.size() == 2);
  CHECK(alice.backups == 5);
  CHECK(alice.alone == 2);
  CHECK(alice.last_drilled == late);
  CHECK(alice.last_drilled_backup == second[0]);
  CHECK(report.agents[1].name == "bob");
  CHECK_FALSE(report.agents[1].last_drilled);
  CHECK(report.agents[1].last_drilled_backup.empty());
  CHECK(report.agents[2].name == "carol");
  CHECK(report.agents[2].alone == 0);
  REQUIRE(report.policies.size() == 3);
  CHECK(report.policies[1].readers[1].last_drilled == early);
  CHECK(report.policies[1].until == report.policies[2].since);
  CHECK_FALSE(report.policies[2].until);
  CHECK(report.policies[2].backups == 3);
}

TEST_CASE("a backup under a replaced policy is a warning only where it was on its way") {
  AuditScene scene;
  scene.nights(2);
  scene.vault.set_policy(1, {"alice"});
  const UnixSeconds replaced = scene.vault.now;
  const auto codes = [&] {
    Codes found = codes_in(scene.pinned_audit());
    found.erase("undrilled");
    return found;
  };
  SUBCASE("followed by one under the new policy") {
    const std::string raced = scene.vault.back_up_under(0);
    INFO("not yet");
    CHECK(codes() == Codes{"stale-policy"});
    scene.vault.back_up(0, "another source");
    CHECK(codes() == Codes{"stale-policy"});
    const std::string next = scene.vault.back_up();
    CHECK(codes() == Codes{"policy-race"});
    const AuditReport report = scene.pinned_audit();
    const AuditFinding finding = finding_of(report, "policy-race");
    CHECK(finding.severity == Severity::warning);
    CHECK(finding.snapshot == raced);
    CHECK(report.errors == 0);
    for (const AuditedBackup& backup : report.backups) {
      CHECK(backup.level == 1);
      CHECK(backup.findings.size() == (backup.snapshot == raced ? 1U : 0U));
    }
    INFO("and it stays one");
    scene.nights(3);
    CHECK(codes() == Codes{"policy-race"});
  }
  SUBCASE("a second one is none") {
    scene.vault.back_up_under(0);
    scene.vault.back_up_under(0);
    scene.vault.back_up();
    CHECK(codes() == Codes{"stale-policy", "stale-policy"});
  }
  SUBCASE("of another source, after one that was") {
    scene.vault.back_up_under(0);
    scene.vault.back_up_under(0, 0, "another source");
    scene.vault.back_up();
    scene.vault.back_up(0, "another source");
    CHECK(codes() == Codes{"policy-race", "stale-policy"});
  }
  SUBCASE("not after the device has shown that it knows the new policy") {
    scene.vault.back_up();
    scene.vault.back_up_under(0);
    scene.vault.back_up();
    CHECK(codes() == Codes{"stale-policy"});
  }
  SUBCASE("not an hour later") {
    scene.vault.now = replaced + 3601;
    scene.vault.back_up_under(0);
    scene.vault.back_up();
    CHECK(codes() == Codes{"stale-policy"});
  }
  SUBCASE("the clocks may differ by an hour") {
    scene.vault.now = replaced + 3600;
    scene.vault.back_up_under(0);
    scene.vault.back_up();
    CHECK(codes() == Codes{"policy-race"});
  }
  SUBCASE("two changes in that moment") {
    scene.vault.set_policy(1, {"bob"});
    scene.vault.back_up_under(0);
    SUBCASE("followed by one under the first") {
      scene.vault.back_up_under(1);
      CHECK(codes() == Codes{"stale-policy", "stale-policy"});
    }
    SUBCASE("followed by one under the second") {
      scene.vault.back_up();
      CHECK(codes() == Codes{"policy-race"});
    }
  }
  SUBCASE("what follows does not count when the device is revoked before") {
    scene.vault.back_up_under(0);
    scene.vault.revoke(0);
    scene.vault.back_up();
    CHECK(codes() == Codes{"revoked", "stale-policy"});
  }
  SUBCASE("another device's backup does not make up for it") {
    scene.vault.back_up_under(0);
    scene.vault.back_up(scene.vault.add_device("phone"));
    CHECK(codes() == Codes{"stale-policy"});
  }
}

}  // namespace valise::test
