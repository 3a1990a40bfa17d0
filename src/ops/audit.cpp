#include "ops/audit.hpp"

#include <optional>
#include <set>

#include "base/error.hpp"
#include "ops/audit_vault.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

// The ids of these vaults; those that cannot be read are told when their turn comes.
std::set<Bytes16> ids_of(const std::vector<std::filesystem::path>& folders) {
  std::set<Bytes16> ids;
  for (const std::filesystem::path& folder : folders) {
    try {
      LocalStorage storage = LocalStorage::open(folder);
      ids.insert(Vault::open(storage).id());
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
    }
  }
  return ids;
}

// Keeps all of it.
class ReportSink final : public AuditSink {
 public:
  void begin(const AuditedVault& vault) override { static_cast<AuditedVault&>(report) = vault; }
  void backup(const AuditedVault&, const AuditedBackup& row) override {
    report.backups.push_back(row);
  }
  void finding(const AuditedVault&, const AuditFinding& finding) override {
    report.findings.push_back(finding);
  }
  void end(const AuditedVault&) override {}
  void unreadable(const std::filesystem::path&, const Error&) override {}
  void total(const AuditTotal&) override {}

  AuditReport report;
};

}  // namespace

void audit_in(Storage& storage, const Run& run, const AuditOptions& options,
              const UnlockSource& unlock, AuditSink& sink) {
  AuditSession session(run, options, false);
  if (!session.marks.empty()) {
    session.away = absent_vaults(session, {Vault::open(storage).id()});
  }
  AuditTotal total;
  VaultAudit(session, storage, unlock).report(sink, total);
}

AuditReport audit_in(Storage& storage, const Run& run, const AuditOptions& options,
                     const UnlockSource& unlock) {
  ReportSink sink;
  audit_in(storage, run, options, unlock, sink);
  return std::move(sink.report);
}

AuditReport audit(const Run& run, const AuditOptions& options, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return audit_in(storage, run, options, unlock);
}

AuditTotal audit_vaults(const Run& run, const std::vector<std::filesystem::path>& vaults,
                        const AuditOptions& options, const VaultUnlockSource& unlock,
                        AuditSink& sink) {
  AuditSession session(run, options, vaults.size() > 1);
  if (!session.marks.empty()) session.away = absent_vaults(session, ids_of(vaults));
  AuditTotal total;
  for (const std::filesystem::path& folder : vaults) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    std::optional<LocalStorage> storage;
    std::optional<VaultAudit> vault;
    std::optional<Error> failure;
    try {
      storage.emplace(LocalStorage::open(folder));
      vault.emplace(session, *storage, [&] { return unlock(folder); });
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      failure = error;
    }
    // Outside of the handler: what the sink throws is no failure of the vault's.
    if (failure) {
      ++total.unreadable;
      sink.unreadable(folder, *failure);
    } else {
      vault->report(sink, total);
    }
  }
  for (std::size_t i = 0; i < session.marks.size(); ++i) {
    // One vault, given the checkpoint of many: a finding of that vault counts the others.
    const bool of_another = !session.several && session.marks[i].vault.has_value();
    if (session.mark_used[i] || of_another) continue;
    ++total.checkpoint_unused;
    total.unused_lines.push_back(line_of(session.marks[i]));
  }
  sink.total(total);
  return total;
}

}  // namespace valise
