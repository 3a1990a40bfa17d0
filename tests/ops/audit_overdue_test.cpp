#include <doctest/doctest.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/audit_scene.hpp"
#include "support/texts.hpp"

namespace valise::test {
namespace {

using Codes = std::multiset<std::string>;

}  // namespace

TEST_CASE("a source without a recent backup is overdue") {
  AuditScene scene;
  const std::size_t phone = scene.vault.add_device("phone");
  scene.nights(3);
  scene.nights(1, phone);
  scene.vault.now += 2 * kDay;
  CHECK(codes_in(scene.audit()).empty());
  CHECK(codes_in(scene.audit(with_max_age(3 * kDay))).empty());
  AuditReport report = scene.audit(with_max_age(2 * kDay));
  CHECK(codes_in(report) == Codes{"overdue"});
  CHECK(report.has_errors());
  CHECK(std::count_if(report.sources.begin(), report.sources.end(),
                      [](const AuditedSource& one) { return one.overdue; }) == 1);
  CHECK(contains(finding_of(report, "overdue").message, "3 days ago"));
  CHECK(codes_in(scene.audit(with_max_age(2 * kDay - 1))) == Codes{"overdue", "overdue"});

  INFO("what is missing is no backup, and a revoked device is not waited for");
  scene.vault.revoke(0);
  CHECK(codes_in(scene.audit(with_max_age(2 * kDay))).empty());
  scene.vault.revoke(phone);
  CHECK(codes_in(scene.audit(with_max_age(2 * kDay))) == Codes{"overdue"});
  CHECK(finding_of(scene.audit(with_max_age(1)), "overdue").object == "vault");
}

TEST_CASE("a source whose backups were all pruned is overdue by the newest of them") {
  AuditScene scene;
  std::vector<std::string> letters;
  for (int i = 0; i < 2; ++i) {
    scene.next_day();
    letters.push_back(scene.vault.back_up(0, "letters"));
  }
  const std::string of_letters = rfc3339(scene.vault.now);
  scene.nights(3);
  scene.vault.prune(0, letters);
  const auto overdue = [&](std::uint64_t seconds) {
    return codes_in(scene.audit(with_max_age(seconds))).count("overdue");
  };
  CHECK(overdue(3 * kDay) == 0);
  CHECK(overdue(2 * kDay) == 1);
  const AuditReport report = scene.audit(with_max_age(2 * kDay));
  const AuditFinding finding = finding_of(report, "overdue");
  CHECK(finding.object.starts_with("source "));
  CHECK(contains(finding.message, "all its backups were pruned, and the newest was of " +
                                      of_letters + ", 3 days ago"));
  CHECK(report.sources.size() == 1);

  INFO("by the owner's word too, and also where nothing else is in the vault");
  AuditScene other;
  other.vault.prune_by_owner(other.nights(2));
  other.vault.now += 5 * kDay;
  CHECK(finding_of(other.audit(with_max_age(2 * kDay)), "overdue").object.starts_with("source "));
  CHECK(codes_in(other.audit(with_max_age(5 * kDay))).empty());
  INFO("who is revoked is not waited for");
  other.vault.revoke(0);
  CHECK(finding_of(other.audit(with_max_age(2 * kDay)), "overdue").object == "vault");
}

TEST_CASE("a backup that is missing or lies in the future does not count as recent") {
  AuditScene scene;
  const auto snapshots = scene.nights(1);
  SUBCASE("missing") {
    scene.vault.storage().remove("backups/" + snapshots[0] + ".valise");
    CHECK(codes_in(scene.audit(with_max_age(kDay))) == Codes{"missing", "overdue"});
  }
  SUBCASE("in the future") {
    const UnixSeconds today = scene.vault.now;
    scene.vault.now += 100 * kDay;
    scene.vault.back_up();
    scene.vault.now = today + 3 * kDay;
    CHECK(codes_in(scene.audit(with_max_age(kDay))) == Codes{"overdue", "time"});
  }
}

TEST_CASE("a device that claims another's source takes nothing from it, and is told") {
  AuditScene scene;
  const std::size_t phone = scene.vault.add_device("phone");
  const auto own = scene.nights(3);
  scene.vault.claim_sources_of(phone, 0);
  scene.vault.now += 7 * kDay;
  const auto claimed = scene.nights(2, phone);
  const AuditReport report = scene.audit(with_max_age(2 * kDay));
  CHECK(codes_in(report) == Codes{"overdue", "source"});
  const AuditFinding finding = finding_of(report, "source");
  CHECK(finding.severity == Severity::error);
  CHECK(contains(finding.message, "2 devices claim it"));
  CHECK(contains(finding.message, "\"laptop\""));
  CHECK(contains(finding.message, "\"phone\""));
  CHECK(contains(finding_of(report, "overdue").message, " of \"laptop\": its newest backup"));
  REQUIRE(report.sources.size() == 2);
  for (const AuditedSource& source : report.sources) {
    CHECK(source.backups == (source.device == "laptop" ? 3 : 2));
    CHECK(source.overdue == (source.device == "laptop"));
    CHECK(source.id == report.sources[0].id);
  }
  CHECK(report.sources[0].signer < report.sources[1].signer);
  REQUIRE(report.backups.size() == 5);
  for (std::size_t i = 1; i < 5; ++i) {
    CHECK(report.backups[i - 1].signer <= report.backups[i].signer);
  }

  INFO("who is not certified can claim any");
  AuditScene other;
  const std::size_t liar = other.vault.add_device("liar");
  other.nights(2);
  std::string certificate;
  for (const ObjectInfo& object : other.vault.storage().list("log")) {
    if (object.name.starts_with("log/" + hex(other.vault.owner().sign_pk()))) {
      certificate = object.name;
    }
  }
  other.vault.claim_sources_of(liar, 0);
  other.nights(1, liar);
  other.vault.storage().remove(certificate);
  const AuditReport with_liar = other.audit(with_max_age(1));
  CHECK(codes_in(with_liar) == Codes{"overdue", "uncertified"});
  CHECK(with_liar.sources.size() == 2);
}

TEST_CASE("a vault without any backup is overdue") {
  AuditScene scene;
  CHECK(codes_in(scene.audit()).empty());
  CHECK(codes_in(scene.audit(with_max_age(kDay))) == Codes{"overdue"});
}

}  // namespace valise::test
