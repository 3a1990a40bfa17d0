#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "storage/storage.hpp"
#include "valise/audit.hpp"
#include "vault/root_chain.hpp"

namespace valise {

/// One backup under audit: its entry, and the row it becomes.
struct BookedBackup {
  Entry entry;
  AuditedBackup row;
  [[nodiscard]] const BackupPayload& backup() const noexcept { return *entry.as<BackupPayload>(); }
};

/// What an audit has read and found so far. Findings of a backup stand in its row (by code) and in
/// the list (in words).
struct AuditBook {
  RootChain roots;
  std::vector<BookedBackup> backups;
  std::vector<AuditFinding> findings;
  std::map<Bytes32, std::map<std::uint64_t, Bytes32>> entry_ids;  ///< By signer and seq.
  std::set<Bytes16> pruned;

  void find(std::string code, Severity severity, std::string object, std::string message);
  /// The same for a finding that belongs to one backup.
  void find(BookedBackup& backup, std::string code, Severity severity, std::string message);
};

/// Reads all logs and checks what needs no key: signatures, chains, certificates, policies,
/// parents, times, the heads in the owner's policies. Throws Error(storage).
[[nodiscard]] AuditBook read_audit_book(const Vault& vault, UnixSeconds now);

/// Compares the containers in the vault with their entries by name, size and tail.
void check_containers(const Vault& vault, AuditBook& book);

/// The agents' drills that the vault holds, checked and noted.
void check_drills(const Vault& vault, AuditBook& book);

}  // namespace valise
