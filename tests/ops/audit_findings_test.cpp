#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/audit_scene.hpp"
#include "support/error_kind.hpp"
#include "support/shared.hpp"
#include "support/texts.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

using Codes = std::multiset<std::string>;

AuditOptions with_max_age(std::uint64_t seconds) {
  AuditOptions options;
  options.max_age_seconds = seconds;
  return options;
}

}  // namespace

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
  CHECK(contains(finding.message, "for 0 days only"));
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
