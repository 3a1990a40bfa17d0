#include "cli/audit_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "cli/audit_sample.hpp"
#include "support/texts.hpp"

namespace valise::cli {

namespace {

using test::AuditSample;
using test::contains;

std::string text_of_sample(const AuditSample& sample, bool several = false) {
  std::string out;
  AuditText text(several, [&](const std::string& part) { out += part; });
  sample.report_all(text);
  return out;
}

}  // namespace

TEST_CASE("an audit tells at a glance who can open how many backups") {
  const std::string text = text_of_sample({});
  CHECK(contains(text, "3 backups: 2 end-to-end (only the owner can open), 1 escrowed.\n"));
  CHECK(contains(text,
                 "Besides the owner, Mara alone can open 1 backup.\n    ABCD-EFGH-JKMN-PQRS  never "
                 "drilled\n"));
  CHECK(contains(text, "NOT compared with a key"));
  CHECK(contains(text, "  L1 signed         3  authorised by the owner"));
  AuditSample drilled;
  drilled.vault.agents[0].last_drilled = test::kSampleTime;
  drilled.vault.agents[0].last_drilled_backup = "3333333344444444";
  drilled.vault.agents[0].backups = 5;
  CHECK(contains(text_of_sample(drilled),
                 "Mara can open 1 backup alone and 4 with other agents.\n"
                 "    ABCD-EFGH-JKMN-PQRS  last drilled 2026-01-31 on backup 33333333\n"));
}

TEST_CASE("an audit groups backups by source and policy, one row each, in fixed columns") {
  const std::string text = text_of_sample({});
  std::size_t before = 0;
  for (const char* part :
       {"\nSource ffeeddcc of laptop, 3 backups\n",
        "  END-TO-END: only the owner, since 2026-01-31 08:00:00 UTC; 2 backups\n",
        "    11111111  2026-01-31 08:00:00 UTC  full       L1 signed   laptop 1\n",
        "    22222222  2026-02-01 08:00:00 UTC  increment  L1 signed   laptop 2\n",
        "  ESCROWED: the owner, or this agent, since",
        "    agent Mara  ABCD-EFGH-JKMN-PQRS  not drilled",
        "    33333333  2026-02-02 08:00:00 UTC  full       L1 signed   laptop 3\n"}) {
    CAPTURE(part);
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    CHECK(at > before);
    before = at;
  }
  CHECK(text.find("END-TO-END") == text.rfind("END-TO-END"));
}

TEST_CASE("an audit's findings stand with the worst first, and at their backups") {
  AuditSample sample;
  sample.findings = {
      {"gap", Severity::error, "log", "entry 3 is missing", {}},
      {"undrilled", Severity::warning, "backup 33333333", "no drill yet", "33333333"}};
  sample.vault.errors = sample.vault.warnings = 1;
  sample.backups[1].findings = {"duplicate"};
  sample.backups[2].present = false;
  sample.backups[2].findings = {"missing"};
  const std::string text = text_of_sample(sample);
  CHECK(contains(text,
                 "\n2 findings:\n  ERROR    gap  log: entry 3 is missing\n"
                 "  warning  undrilled  backup 33333333: no drill yet\n"));
  CHECK(contains(text, "! duplicate\n"));
  CHECK(contains(text, "! container missing\n"));
  CHECK(contains(text_of_sample({}), "No findings.\n"));
}

TEST_CASE("checkpoint lines and limits stand at the foot") {
  const std::string text = text_of_sample({});
  const std::size_t lines = text.find("aa 2 bb ee\ncc 4 dd ee\n");
  const std::size_t limits = text.find("What no audit can prove:\n");
  REQUIRE(lines != std::string::npos);
  REQUIRE(limits != std::string::npos);
  CHECK(lines < limits);
  REQUIRE(!audit_limits().empty());
  for (const std::string& limit : audit_limits()) {
    CHECK(text.find("  - " + limit + "\n", limits) != std::string::npos);
  }
}

TEST_CASE("several vaults have a total at the end, and one that cannot be read shows") {
  std::string out;
  AuditText text(true, [&](const std::string& part) { out += part; });
  const AuditSample sample;
  sample.report(text);
  text.unreadable("/mnt/absent", Error(ErrorKind::not_found, "there is no folder /mnt/absent"));
  AuditTotal total;
  total.vaults = total.unreadable = 1;
  total.backups = 3;
  total.e2ee = 2;
  total.escrowed = 1;
  text.total(total);
  CHECK(contains(out, "Vault /mnt/absent\n  NOT AUDITED: there is no folder /mnt/absent\n"));
  CHECK(contains(out,
                 "All vaults: 1 audited, 0 of them with errors; 1 that could not be "
                 "audited.\n  3 backups: 2 end-to-end, 1 escrowed.\n"));
  CHECK(out.find("What no audit can prove") == out.rfind("What no audit can prove"));
  CHECK_FALSE(contains(text_of_sample({}), "All vaults"));
}

TEST_CASE("ten thousand rows come in parts") {
  AuditSample sample;
  std::size_t longest = 0;
  std::size_t parts = 0;
  AuditText text(false, [&](const std::string& part) {
    longest = std::max(longest, part.size());
    ++parts;
  });
  text.begin(sample.vault);
  for (int i = 0; i < 10'000; ++i) text.backup(sample.vault, sample.backups[0]);
  text.end(sample.vault);
  CHECK(parts > 20);
  CHECK(longest < 64 * 1024);
}

TEST_CASE("names from a vault cannot steer a terminal") {
  AuditSample sample;
  sample.backups[0].device = "lap\x1b[2Jtop";
  sample.vault.agents[0].name = "Ma\nra";
  const std::string text = text_of_sample(sample);
  CHECK_FALSE(contains(text, "\x1b"));
  CHECK_FALSE(contains(text, "Ma\nra"));
}

}  // namespace valise::cli
