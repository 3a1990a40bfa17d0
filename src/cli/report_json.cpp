// The reports of the single verbs, as JSON.

#include "cli/files_out.hpp"
#include "cli/json_out.hpp"

namespace valise::cli {

namespace {

const char* check_name(CheckLevel check) noexcept {
  switch (check) {
    case CheckLevel::none:
      return "none";
    case CheckLevel::quick:
      return "quick";
    case CheckLevel::full:
      break;
  }
  return "full";
}

}  // namespace

Json reader_json(const Reader& reader) {
  Json out{{"name", reader.name}};
  out["fingerprint"] = reader.fingerprint.empty() ? Json(nullptr) : Json(reader.fingerprint);
  out["owner"] = reader.owner;
  return out;
}

Json readers_json(const std::vector<Reader>& readers) {
  Json out = Json::array();
  for (const Reader& reader : readers) out.push_back(reader_json(reader));
  return out;
}

Json restore_json(const RestoreResult& result) {
  Json out{{"type", "summary"}, {"snapshot", result.snapshot}, {"time", rfc3339(result.time)}};
  if (result.database.empty()) {
    out["database"] = nullptr;
  } else {
    set_path(out, "database", result.database);
  }
  set_path(out, "folder", result.folder);
  out["messages"] = result.messages;
  out["pages"] = result.pages;
  out["bytes"] = result.bytes;
  out["chain_length"] = result.chain_length;
  out["check"] = check_name(result.check);
  out["check_problems"] = result.check_problems;
  out["files"] = result.files;
  out["files_bytes"] = result.files_bytes;
  out["links"] = result.links;
  out["files_missing"] = result.files_missing;
  out["files_missing_bytes"] = result.files_missing_bytes;
  out["files_damaged"] = result.files_damaged.count;
  out["damaged"] = file_faults_json(result.files_damaged);
  out["files_refused"] = result.files_refused.count;
  out["refused"] = file_faults_json(result.files_refused);
  out["seconds"] = result.seconds;
  return out;
}

Json verified_json(const VerifiedSnapshot& snapshot) {
  Json out{{"type", "snapshot"},
           {"snapshot", snapshot.snapshot},
           {"time", rfc3339(snapshot.time)},
           {"ok", snapshot.ok}};
  out["problem"] = snapshot.problem.empty() ? Json(nullptr) : Json(snapshot.problem);
  out["messages"] = snapshot.messages;
  out["check_problems"] = snapshot.check_problems;
  out["files"] = snapshot.files;
  out["files_bytes"] = snapshot.files_bytes;
  out["files_missing"] = snapshot.files_missing;
  out["files_damaged"] = snapshot.files_damaged.count;
  out["damaged"] = file_faults_json(snapshot.files_damaged);
  out["files_refused"] = snapshot.files_refused.count;
  out["refused"] = file_faults_json(snapshot.files_refused);
  return out;
}

Json verify_json(const VerifyReport& report) {
  return {{"type", "summary"},
          {"snapshots", report.snapshots.size()},
          {"failed", report.failed},
          {"seconds", report.seconds}};
}

Json scrub_finding_json(const ScrubFinding& finding) {
  return {{"type", "finding"},          {"code", finding.kind},
          {"object", finding.object},   {"severity", finding.error ? "error" : "info"},
          {"message", finding.problem}, {"quarantined", finding.quarantined}};
}

Json scrub_json(const ScrubReport& report) {
  return {
      {"type", "summary"},       {"objects", report.objects},          {"bytes", report.bytes},
      {"errors", report.errors}, {"findings", report.findings.size()}, {"seconds", report.seconds}};
}

Json policy_json(const PolicyView& policy) {
  return {{"id", policy.id},
          {"mode", policy.escrow ? "escrow" : "e2ee"},
          {"k", policy.k},
          {"agents", readers_json(policy.agents)},
          {"since", rfc3339(policy.since)},
          {"min_keep_days", policy.min_keep_days}};
}

}  // namespace valise::cli
