#include "cli/audit_json.hpp"

namespace valise::cli {

namespace {

Json optional_moment(const std::optional<UnixSeconds>& time) {
  return time ? Json(rfc3339(*time)) : Json(nullptr);
}

Json audited_readers_json(const std::vector<AuditedReader>& readers) {
  Json out = Json::array();
  for (const AuditedReader& audited : readers) {
    Json reader = reader_json(audited.reader);
    reader["drilled"] = audited.drilled;
    reader["last_drilled"] = optional_moment(audited.last_drilled);
    out.push_back(std::move(reader));
  }
  return out;
}

Json audited_policy_json(const AuditedPolicy& policy) {
  Json out{{"id", policy.id}, {"mode", policy.escrow ? "escrow" : "e2ee"}, {"k", policy.k}};
  out["since"] = rfc3339(policy.since);
  out["until"] = optional_moment(policy.until);
  out["min_keep_days"] = policy.min_keep_days;
  out["backups"] = policy.backups;
  out["readers"] = audited_readers_json(policy.readers);
  return out;
}

Json agent_json(const AuditedAgent& agent) {
  Json out{{"name", agent.name}, {"fingerprint", agent.fingerprint}};
  out["policies"] = agent.policies;
  out["backups"] = agent.backups;
  out["alone"] = agent.alone;
  out["last_drilled"] = optional_moment(agent.last_drilled);
  out["last_drilled_backup"] =
      agent.last_drilled_backup.empty() ? Json(nullptr) : Json(agent.last_drilled_backup);
  return out;
}

Json source_json(const AuditedSource& source) {
  Json out{{"source", source.id}, {"device", source.device}, {"backups", source.backups}};
  out["signer"] = source.signer;
  out["first"] = rfc3339(source.first);
  out["last"] = rfc3339(source.last);
  out["overdue"] = source.overdue;
  Json gaps = Json::array();
  for (const AuditedGap& gap : source.gaps) {
    gaps.push_back({{"from", rfc3339(gap.from)}, {"to", rfc3339(gap.to)}});
  }
  out["gaps"] = std::move(gaps);
  return out;
}

Json about(const char* type, const AuditedVault& vault) {
  Json out{{"type", type}, {"vault", vault.vault_id}};
  set_path(out, "vault_path", vault.folder);
  return out;
}

template <typename Items, typename Make>
Json array_json(const Items& items, Make make) {
  Json out = Json::array();
  for (const auto& item : items) out.push_back(make(item));
  return out;
}

Json checkpoint_json(const CheckpointLine& line) {
  return {{"signer", line.signer},
          {"seq", line.seq},
          {"entry_id", line.entry_id},
          {"vault", line.vault.empty() ? Json(nullptr) : Json(line.vault)}};
}

Json device_json(const AuditedDevice& device) {
  return {{"signer", device.signer},
          {"name", device.name},
          {"since", device.certified ? Json(rfc3339(device.since)) : Json(nullptr)},
          {"revoked", device.revoked},
          {"backups", device.backups},
          {"certified", device.certified}};
}

}  // namespace

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

void AuditJson::begin(const AuditedVault&) { codes_.clear(); }

void AuditJson::backup(const AuditedVault& vault, const AuditedBackup& row) {
  Json out = about("backup", vault);
  out["snapshot"] = row.snapshot;
  out["time"] = rfc3339(row.time);
  out["signer"] = row.signer;
  out["device"] = row.device;
  out["seq"] = row.seq;
  out["source"] = row.source;
  out["kind"] = row.full ? "full" : "increment";
  out["copy"] = row.copy;
  out["mode"] = row.escrow ? "escrow" : "e2ee";
  out["k"] = row.k;
  out["readers"] = audited_readers_json(row.readers);
  out["policy"] = row.policy;
  // The owner never signed a policy that has no beginning.
  out["policy_since"] = row.policy_since == 0 ? Json(nullptr) : Json(rfc3339(row.policy_since));
  out["level"] = "L" + std::to_string(row.level);
  out["own_slot_rebuilt"] = row.own_slot_rebuilt;
  out["present"] = row.present;
  out["bytes"] = row.bytes;
  out["findings"] = row.findings;
  print_(out);
}

void AuditJson::finding(const AuditedVault& vault, const AuditFinding& finding) {
  ++codes_[finding.code];
  Json out = about("finding", vault);
  out["code"] = finding.code;
  out["severity"] = severity_name(finding.severity);
  out["object"] = finding.object;
  out["snapshot"] = finding.snapshot.empty() ? Json(nullptr) : Json(finding.snapshot);
  out["message"] = finding.message;
  print_(out);
}

void AuditJson::end(const AuditedVault& vault) {
  Json out = about("summary", vault);
  out["owner"] = vault.owner;
  out["time"] = rfc3339(vault.audited_at);
  out["pinned"] = vault.pinned;
  out["pinned_card"] = nullptr;
  if (!vault.pinned_card.empty()) set_path(out, "pinned_card", vault.pinned_card);
  out["deep"] = vault.deep;
  out["backups"] = vault.backup_count;
  out["pruned"] = vault.pruned;
  out["escrowed"] = vault.escrowed;
  out["e2ee"] = vault.e2ee;
  out["bytes"] = vault.bytes;
  Json levels = Json::object();
  for (std::size_t i = 0; i < vault.levels.size(); ++i) {
    levels["L" + std::to_string(i)] = vault.levels.at(i);
  }
  out["levels"] = std::move(levels);
  out["take_more"] = vault.take_more;
  out["findings"] = vault.finding_count();
  out["errors"] = vault.errors;
  out["warnings"] = vault.warnings;
  out["finding_codes"] = codes_;
  out["policies"] = array_json(vault.policies, audited_policy_json);
  out["agents"] = array_json(vault.agents, agent_json);
  out["devices"] = array_json(vault.devices, device_json);
  out["sources"] = array_json(vault.sources, source_json);
  out["checkpoint"] = array_json(vault.checkpoint, checkpoint_json);
  out["limits"] = audit_limits();
  print_(out);
}

void AuditJson::total(const AuditTotal& total) {
  if (!several_) return;
  Json out{{"type", "summary"}, {"vaults", total.vaults}};
  out["unreadable"] = total.unreadable;
  out["vaults_with_errors"] = total.vaults_with_errors;
  out["backups"] = total.backups;
  out["escrowed"] = total.escrowed;
  out["e2ee"] = total.e2ee;
  out["findings"] = total.errors + total.warnings + total.notes;
  out["errors"] = total.errors;
  out["warnings"] = total.warnings;
  out["checkpoint_unused"] = total.checkpoint_unused;
  out["checkpoint_unused_lines"] = array_json(total.unused_lines, checkpoint_json);
  out["limits"] = audit_limits();
  print_(out);
}

}  // namespace valise::cli
