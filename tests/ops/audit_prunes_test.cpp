#include <doctest/doctest.h>

#include "ops/audit_scene.hpp"
#include "support/texts.hpp"

namespace valise::test {
namespace {

using Codes = std::multiset<std::string>;

}  // namespace

TEST_CASE("a prune before the policy's least age is an error, and one after it is not") {
  AuditScene scene;
  scene.vault.set_policy(0, {}, 30);
  const auto snapshots = scene.nights(3);
  SUBCASE("too early") {
    scene.vault.now += 29 * kDay;
    scene.vault.prune(0, {snapshots[2]});
    const AuditReport report = scene.audit();
    CHECK(codes_in(report) == Codes{"early-prune"});
    const AuditFinding finding = finding_of(report, "early-prune");
    CHECK(finding.severity == Severity::error);
    CHECK(finding.snapshot == snapshots[2]);
    CHECK(contains(finding.message, "30 days"));
    CHECK(contains(finding.message, "\"laptop\""));
    CHECK(report.backup_count == 2);
  }
  SUBCASE("on the day") {
    scene.vault.now += 30 * kDay;
    scene.vault.prune(0, {snapshots[2]});
    CHECK(codes_in(scene.audit()).empty());
  }
  SUBCASE("by the owner, too early") {
    scene.next_day();
    scene.vault.prune_by_owner({snapshots[2]});
    CHECK(codes_in(scene.audit()) == Codes{"early-prune"});
    CHECK(contains(finding_of(scene.audit(), "early-prune").message, "the owner pruned it"));
  }
  SUBCASE("a clock set far ahead does not excuse it") {
    const UnixSeconds today = scene.vault.now;
    scene.vault.now += 400 * kDay;
    scene.vault.prune(0, {snapshots[2]});
    scene.vault.now = today;
    CHECK(codes_in(scene.audit()) == Codes{"early-prune", "time"});
  }
  SUBCASE("said once, however often it is pruned") {
    scene.vault.prune(0, {snapshots[2]});
    scene.vault.prune(0, {snapshots[2]});
    CHECK(codes_in(scene.audit()) == Codes{"early-prune"});
  }
}

TEST_CASE("the policy that binds a prune is the newest that its signer had to know") {
  AuditScene scene;
  scene.vault.set_policy(0, {}, 10);
  const auto old = scene.nights(2);
  scene.vault.set_policy(0, {}, 100);
  scene.vault.now += 20 * kDay;
  SUBCASE("a longer one binds old backups, too, once it names an entry of the device") {
    scene.vault.prune(0, {old[1]});
    CHECK(codes_in(scene.audit()) == Codes{"early-prune"});
  }
  SUBCASE("a shorter one relieves") {
    scene.vault.set_policy(0, {}, 5);
    scene.vault.prune(0, {old[1]});
    CHECK(codes_in(scene.audit()) == Codes{"keep-lowered"});
  }
  SUBCASE("a device enrolled later, that had to know less") {
    const std::size_t phone = scene.vault.add_device("phone");
    const std::string own = scene.vault.back_up(phone);
    scene.vault.now += 99 * kDay;
    scene.vault.prune(phone, {own});
    CHECK(codes_in(scene.audit()) == Codes{"early-prune"});
  }
  SUBCASE("the owner's own prune obeys the newest before it, and none after it") {
    scene.vault.prune_by_owner({old[1]});
    scene.vault.set_policy(0, {}, 5);
    CHECK(codes_in(scene.audit()) == Codes{"early-prune", "keep-lowered"});
    scene.vault.prune_by_owner({old[0]});
    CHECK(codes_in(scene.audit()) == Codes{"early-prune", "keep-lowered"});
  }
}

TEST_CASE("a policy that keeps backups for fewer days than promised is a warning that stays") {
  AuditScene scene;
  scene.vault.set_policy(0, {}, 365);
  SUBCASE("nothing was promised for what was not made") {
    scene.vault.set_policy(0, {}, 0);
    scene.nights(2);
    CHECK(codes_in(scene.audit()).empty());
    return;
  }
  const auto snapshots = scene.nights(7);
  scene.vault.set_policy(0, {}, 365);
  scene.nights(1);
  scene.vault.set_policy(0, {}, 400);
  CHECK(codes_in(scene.audit()).empty());
  scene.vault.set_policy(0, {}, 0);
  scene.next_day();
  scene.vault.prune(0, {snapshots.begin() + 1, snapshots.end()});
  AuditReport report = scene.audit();
  CHECK(codes_in(report) == Codes{"keep-lowered"});
  const AuditFinding finding = finding_of(report, "keep-lowered");
  CHECK(finding.severity == Severity::warning);
  CHECK(finding.object.starts_with("policy "));
  CHECK(contains(finding.message, "for no time at all"));
  CHECK(contains(finding.message, "8 backups were made under earlier policies"));
  CHECK(contains(finding.message, "up to 365 days: 6 of them were pruned"));
  CHECK(report.pruned == 6);
  CHECK(report.backup_count == 2);

  INFO("a later one that keeps less than that again, and one that raises it, say nothing new");
  scene.vault.set_policy(0, {}, 0);
  scene.vault.set_policy(0, {}, 30);
  scene.nights(1);
  CHECK(codes_in(scene.audit()) == Codes{"keep-lowered"});
}

TEST_CASE("a device prunes only what it wrote") {
  AuditScene scene;
  const auto own = scene.nights(1);
  const std::size_t phone = scene.vault.add_device("phone");
  scene.vault.prune(phone, {own[0]});
  CHECK(codes_in(scene.audit()) == Codes{"authority", "missing"});
}

}  // namespace valise::test
