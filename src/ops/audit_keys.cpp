#include "ops/audit_keys.hpp"

#include "ops/audit_row_binder.hpp"

namespace valise {
namespace {

std::optional<std::int64_t> key_in(const AuditKeys::Keys& keys, const std::string& name) {
  const auto found = keys.find(name);
  if (found == keys.end()) return std::nullopt;
  return capped_number(found->second);
}

}  // namespace

void AuditKeys::begin(std::uint64_t vault_key, const AuditedVault& vault) {
  vault_ = vault_key;
  add_agents(vault);
  add_policies(vault);
  add_devices(vault);
  add_sources(vault);
}

std::optional<std::int64_t> AuditKeys::policy(const std::string& id) const {
  return key_in(policies_, id);
}

std::optional<std::int64_t> AuditKeys::agent(const std::string& fingerprint) const {
  return key_in(agents_, fingerprint);
}

void AuditKeys::add_agents(const AuditedVault& vault) {
  agents_.clear();
  for (const AuditedAgent& agent : vault.agents) {
    agents_[agent.fingerprint] = ++next_;
    RowBinder row(tables_.agent);
    row.number(next_).number(vault_).text(agent.name).text(agent.fingerprint);
    row.number(agent.backups).number(agent.alone).time(agent.last_drilled);
    agent.last_drilled_backup.empty() ? row.null() : row.text(agent.last_drilled_backup);
    row.run();
  }
}

void AuditKeys::add_policies(const AuditedVault& vault) {
  policies_.clear();
  for (const AuditedPolicy& policy : vault.policies) {
    policies_[policy.id] = ++next_;
    RowBinder(tables_.policy)
        .number(next_)
        .number(vault_)
        .text(policy.id)
        .text(policy.escrow ? "escrow" : "e2ee")
        .number(policy.k)
        .number(policy.min_keep_days)
        .time(policy.since)
        .time(policy.until)
        .number(policy.backups)
        .run();
    std::uint64_t slot = 0;
    for (const AuditedReader& reader : policy.readers) {
      if (slot++ == 0) continue;  // The owner.
      RowBinder(tables_.policy_agent)
          .number(policies_[policy.id])
          .number(slot - 1)
          .number(agents_.at(reader.reader.fingerprint))
          .time(reader.last_drilled)
          .run();
    }
  }
}

void AuditKeys::add_devices(const AuditedVault& vault) {
  devices_.clear();
  for (const AuditedDevice& device : vault.devices) {
    devices_[device.signer] = ++next_;
    RowBinder(tables_.device)
        .number(next_)
        .number(vault_)
        .text(device.signer)
        .text(device.name)
        .time(device.certified ? std::optional(device.since) : std::nullopt)
        .flag(device.revoked)
        .number(device.backups)
        .flag(device.certified)
        .run();
  }
}

void AuditKeys::add_sources(const AuditedVault& vault) {
  sources_.clear();
  for (const AuditedSource& source : vault.sources) {
    sources_[source.id + source.signer] = ++next_;
    RowBinder(tables_.source)
        .number(next_)
        .number(vault_)
        .text(source.id)
        .text(source.device)
        .number(source.backups)
        .time(source.first)
        .time(source.last)
        .flag(source.overdue)
        .text(source.signer)
        .run();
  }
}

}  // namespace valise
