#pragma once

#include <map>
#include <optional>
#include <string>

#include "ops/audit_tables.hpp"
#include "valise/audit.hpp"

namespace valise {

/// Writes what there is a handful of in a vault (agents, policies, devices, sources), and knows by
/// which key each stands in the database, for the rows that name it.
class AuditKeys {
 public:
  using Keys = std::map<std::string, std::uint64_t>;  ///< By the id, or the fingerprint.

  explicit AuditKeys(AuditTables& tables) : tables_(tables) {}
  /// Of the next vault: those of the one before are forgotten.
  void begin(std::uint64_t vault_key, const AuditedVault& vault);
  [[nodiscard]] std::optional<std::int64_t> policy(const std::string& id) const;
  [[nodiscard]] std::optional<std::int64_t> agent(const std::string& fingerprint) const;
  [[nodiscard]] std::uint64_t device(const std::string& signer) const {
    return devices_.at(signer);
  }
  [[nodiscard]] std::uint64_t source(const AuditedBackup& row) const {
    return sources_.at(row.source + row.signer);
  }

 private:
  void add_agents(const AuditedVault& vault);
  void add_policies(const AuditedVault& vault);
  void add_devices(const AuditedVault& vault);
  void add_sources(const AuditedVault& vault);

  AuditTables& tables_;
  std::uint64_t vault_ = 0;
  std::uint64_t next_ = 0;
  Keys policies_;
  Keys agents_;
  Keys devices_;
  Keys sources_;
};

}  // namespace valise
