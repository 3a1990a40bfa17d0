#include "cli/audit_sample.hpp"

namespace valise::test {
namespace {

const std::string kSampleSource = "ffeeddccbbaa99887766554433221100";

AuditedBackup sample_backup(const std::string& snapshot, const std::string& policy, bool escrow,
                            std::uint64_t seq) {
  AuditedBackup out;
  out.snapshot = snapshot;
  out.time = kSampleTime + (seq - 1) * 24 * 3600;
  out.signer = "cc";
  out.device = "laptop";
  out.seq = seq;
  out.source = kSampleSource;
  out.full = seq != 2;
  out.escrow = escrow;
  out.k = escrow ? 1 : 0;
  out.readers = {{{"owner", "", true}, false, {}}};
  if (escrow) out.readers.push_back({{"Mara", "ABCD-EFGH-JKMN-PQRS", false}, false, {}});
  out.policy = policy;
  out.policy_since = kSampleTime;
  out.level = 1;
  out.present = true;
  out.bytes = 1000;
  return out;
}

AuditedPolicy sample_policy(const std::string& id, bool escrow, std::uint64_t backups) {
  AuditedPolicy policy;
  policy.id = id;
  policy.since = kSampleTime;
  policy.escrow = escrow;
  policy.k = escrow ? 1 : 0;
  policy.readers = {{{"owner", "", true}, false, {}}};
  if (escrow) policy.readers.push_back({{"Mara", "ABCD-EFGH-JKMN-PQRS", false}, false, {}});
  policy.backups = backups;
  return policy;
}

}  // namespace

AuditSample::AuditSample() {
  vault.folder = "/mnt/vault";
  vault.vault_id = "00112233445566778899aabbccddeeff";
  vault.owner = "aa";
  vault.audited_at = kSampleTime + 10 * 24 * 3600;
  vault.backup_count = 3;
  vault.e2ee = 2;
  vault.escrowed = 1;
  vault.levels = {0, 3, 0, 0};
  vault.bytes = 3000;
  vault.policies = {sample_policy("p1", false, 2), sample_policy("p2", true, 1)};
  vault.devices = {{"cc", "laptop", kSampleTime, false, 3}};
  vault.agents = {{"Mara", "ABCD-EFGH-JKMN-PQRS", {"p2"}, 1, 1, {}, {}}};
  vault.checkpoint = {{"aa", 2, "bb", "ee"}, {"cc", 4, "dd", "ee"}};
  backups = {sample_backup("11111111", "p1", false, 1), sample_backup("22222222", "p1", false, 2),
             sample_backup("33333333", "p2", true, 3)};
  AuditedSource source;
  source.id = kSampleSource;
  source.signer = "cc";
  source.device = "laptop";
  source.backups = 3;
  source.first = backups.front().time;
  source.last = backups.back().time;
  source.stretches = {{"p1", false, 0, backups[0].time, backups[1].time, 2, 0},
                      {"p2", true, 1, backups[2].time, backups[2].time, 1, 0}};
  source.density.assign(kDensityParts, 0);
  source.density.front() = source.density[120] = source.density.back() = 1;
  vault.sources = {source};
}

void AuditSample::report(AuditSink& sink) const {
  sink.begin(vault);
  for (const AuditedBackup& row : backups) sink.backup(vault, row);
  for (const AuditFinding& finding : findings) sink.finding(vault, finding);
  sink.end(vault);
}

void AuditSample::report_all(AuditSink& sink) const {
  report(sink);
  AuditTotal total;
  total.vaults = 1;
  total.backups = vault.backup_count;
  sink.total(total);
}

}  // namespace valise::test
