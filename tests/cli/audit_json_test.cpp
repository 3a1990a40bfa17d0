#include "cli/audit_json.hpp"

#include <doctest/doctest.h>

#include "cli/audit_sample.hpp"

namespace valise::cli {

namespace {

using test::AuditSample;

std::vector<Json> lines_of(const AuditSample& sample, bool several = false) {
  std::vector<Json> lines;
  AuditJson json(several, [&](const Json& object) { lines.push_back(object); });
  sample.report_all(json);
  return lines;
}

void has_fields(const Json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    CAPTURE(key);
    CHECK(object.contains(key));
  }
}

}  // namespace

TEST_CASE("an audit's objects have every field that scripts rely on") {
  AuditSample sample;
  sample.backups[2].level = 3;
  sample.backups[2].readers[1].drilled = true;
  sample.backups[2].readers[1].last_drilled = UnixSeconds{0};
  sample.findings = {{"gap", Severity::error, "log", "entry 3 is missing", {}},
                     {"gap", Severity::error, "log", "entry 9 is missing", {}},
                     {"missing", Severity::error, "backup 1", "gone", "11111111"}};
  const std::vector<Json> lines = lines_of(sample);
  REQUIRE(lines.size() == 3 + 3 + 1);
  const Json& row = lines[2];
  CHECK(row["type"] == "backup");
  has_fields(row, {"vault", "vault_path", "snapshot", "time", "signer", "seq", "mode", "k",
                   "readers", "policy", "policy_since", "level", "present", "findings", "bytes"});
  CHECK(row["mode"] == "escrow");
  CHECK(row["level"] == "L3");
  CHECK(row["readers"][1]["drilled"] == true);
  CHECK(row["readers"][1]["last_drilled"] == "1970-01-01T00:00:00Z");
  CHECK(row["readers"][0]["last_drilled"].is_null());
  CHECK(lines[0]["mode"] == "e2ee");
  CHECK(lines[3]["type"] == "finding");
  CHECK(lines[3]["snapshot"].is_null());
  CHECK(lines[5]["snapshot"] == "11111111");
  CHECK(lines[5]["severity"] == "error");

  const Json& summary = lines.back();
  CHECK(summary["type"] == "summary");
  has_fields(summary, {"vault", "backups", "escrowed", "e2ee", "findings", "checkpoint", "levels",
                       "policies", "devices", "sources", "errors", "warnings", "time", "bytes"});
  CHECK(summary["checkpoint"].dump() == R"([{"signer":"aa","seq":2,"entry_id":"bb","vault":"ee"},)"
                                        R"({"signer":"cc","seq":4,"entry_id":"dd","vault":"ee"}])");
  CHECK(summary["limits"].size() == audit_limits().size());
  CHECK(summary["finding_codes"].dump() == R"({"gap":2,"missing":1})");
  CHECK(summary["levels"]["L1"] == 3);
  CHECK(summary["agents"][0]["name"] == "Mara");
  CHECK(summary["agents"][0]["last_drilled"].is_null());
  CHECK(summary["agents"][0]["last_drilled_backup"].is_null());
}

TEST_CASE("with several vaults the last object is the summary of all") {
  const std::vector<Json> lines = lines_of({}, true);
  const Json& total = lines.back();
  CHECK(total["type"] == "summary");
  CHECK(total["vaults"] == 1);
  CHECK_FALSE(total.contains("vault"));
  has_fields(total, {"unreadable", "backups", "escrowed", "e2ee", "findings", "errors", "warnings",
                     "vaults_with_errors", "limits"});
  CHECK(lines[lines.size() - 2].contains("vault"));
}

}  // namespace valise::cli
