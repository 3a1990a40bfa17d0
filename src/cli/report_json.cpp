// The reports of the single verbs, as JSON.

#include "cli/json_out.hpp"

namespace valise::cli {

namespace {

const char* severity_name(Severity severity) noexcept {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

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

Json reader_json(const Reader& reader) {
  Json out{{"name", reader.name}};
  out["fingerprint"] = reader.fingerprint.empty() ? Json(nullptr) : Json(reader.fingerprint);
  out["owner"] = reader.owner;
  return out;
}

}  // namespace

Json readers_json(const std::vector<Reader>& readers) {
  Json out = Json::array();
  for (const Reader& reader : readers) out.push_back(reader_json(reader));
  return out;
}

Json restore_json(const RestoreResult& result) {
  Json out{{"type", "summary"}, {"snapshot", result.snapshot}, {"time", rfc3339(result.time)}};
  set_path(out, "database", result.database);
  out["messages"] = result.messages;
  out["pages"] = result.pages;
  out["bytes"] = result.bytes;
  out["chain_length"] = result.chain_length;
  out["check"] = check_name(result.check);
  out["check_problems"] = result.check_problems;
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

Json audited_json(const AuditReport& report, const AuditedBackup& backup,
                  const std::filesystem::path& vault) {
  Json out{{"type", "backup"}, {"vault", report.vault_id}};
  set_path(out, "vault_path", vault);
  out["snapshot"] = backup.snapshot;
  out["time"] = rfc3339(backup.time);
  out["signer"] = backup.signer;
  out["device"] = backup.device;
  out["seq"] = backup.seq;
  out["source"] = backup.source;
  out["kind"] = backup.full ? "full" : "increment";
  out["mode"] = backup.escrow ? "escrow" : "e2ee";
  out["k"] = backup.k;
  Json readers = Json::array();
  for (const AuditedReader& audited : backup.readers) {
    Json reader = reader_json(audited.reader);
    reader["drilled"] = audited.drilled;
    reader["last_drilled"] =
        audited.last_drilled ? Json(rfc3339(*audited.last_drilled)) : Json(nullptr);
    readers.push_back(std::move(reader));
  }
  out["readers"] = std::move(readers);
  out["policy"] = backup.policy;
  out["policy_since"] = rfc3339(backup.policy_since);
  out["level"] = "L" + std::to_string(backup.level);
  out["present"] = backup.present;
  out["findings"] = backup.findings;
  return out;
}

Json audit_finding_json(const AuditReport& report, const AuditFinding& finding,
                        const std::filesystem::path& vault) {
  Json out{{"type", "finding"}, {"vault", report.vault_id}};
  set_path(out, "vault_path", vault);
  out["code"] = finding.code;
  out["severity"] = severity_name(finding.severity);
  out["object"] = finding.object;
  out["message"] = finding.message;
  return out;
}

Json audit_json(const AuditReport& report, const std::filesystem::path& vault) {
  Json out{{"type", "summary"}, {"vault", report.vault_id}};
  set_path(out, "vault_path", vault);
  out["owner"] = report.owner;
  out["pinned"] = report.pinned;
  out["deep"] = report.deep;
  out["backups"] = report.backups.size();
  out["escrowed"] = report.escrowed;
  out["e2ee"] = report.e2ee;
  out["findings"] = report.findings.size();
  Json checkpoint = Json::array();
  for (const CheckpointLine& line : report.checkpoint) {
    checkpoint.push_back({{"signer", line.signer}, {"seq", line.seq}, {"entry_id", line.entry_id}});
  }
  out["checkpoint"] = std::move(checkpoint);
  out["limits"] = audit_limits();
  return out;
}

}  // namespace valise::cli
