#include "valise/audit_database.hpp"

#include <map>

#include "base/new_file.hpp"
#include "ops/audit_row_binder.hpp"
#include "ops/audit_tables.hpp"

namespace valise {
namespace {

const char* severity_word(Severity severity) noexcept {
  if (severity == Severity::error) return "error";
  return severity == Severity::warning ? "warning" : "info";
}

class AuditDatabase final : public AuditSink {
 public:
  explicit AuditDatabase(const std::filesystem::path& path)
      : file_(path), tables_(std::make_unique<AuditTables>(file_.temporary_path())) {
    for (const AuditCode& code : audit_codes()) {
      RowBinder(tables_->code)
          .text(code.code)
          .text(severity_word(code.severity))
          .text(code.meaning)
          .run();
    }
    std::uint64_t number = 0;
    for (const std::string& limit : audit_limits()) {
      RowBinder(tables_->unproven).number(++number).text(limit).run();
    }
  }

  void begin(const AuditedVault& vault) override {
    ++vault_;
    RowBinder row(tables_->vault);
    row.number(vault_)
        .text(database_text(vault.folder.native()))
        .text(vault.vault_id)
        .text(vault.owner)
        .time(vault.audited_at)
        .flag(vault.pinned)
        .flag(vault.deep)
        .number(vault.backup_count)
        .number(vault.escrowed)
        .number(vault.e2ee)
        .number(vault.bytes)
        .number(vault.errors)
        .number(vault.warnings)
        .null();
    vault.pinned_card.empty() ? row.null() : row.text(database_text(vault.pinned_card.native()));
    row.run();
    add_agents(vault);
    add_policies(vault);
    add_devices(vault);
    add_sources(vault);
    for (const CheckpointLine& line : vault.checkpoint) {
      RowBinder(tables_->checkpoint)
          .number(vault_)
          .text(line.signer)
          .number(line.seq)
          .text(line.entry_id)
          .run();
    }
  }

  void backup(const AuditedVault&, const AuditedBackup& row) override {
    ++backup_;
    RowBinder(tables_->backup)
        .number(backup_)
        .number(vault_)
        .text(row.snapshot)
        .number(sources_.at(row.source))
        .number(devices_.at(row.signer))
        .optional_number(key_of(policies_, row.policy))
        .number(row.seq)
        .time(row.time)
        .text(row.full ? "full" : "increment")
        .text(row.escrow ? "escrow" : "e2ee")
        .number(row.k)
        .number(static_cast<std::uint64_t>(row.level))
        .flag(row.present)
        .number(row.bytes)
        .flag(row.own_slot_rebuilt)
        .run();
    std::uint64_t slot = 0;
    for (const AuditedReader& reader : row.readers) add_reader(reader, slot++);
  }

  void finding(const AuditedVault&, const AuditFinding& finding) override {
    RowBinder(tables_->finding)
        .number(vault_)
        .number(vault_)
        .text(finding.snapshot)
        .text(finding.code)
        .text(severity_word(finding.severity))
        .text(database_text(finding.object))
        .text(database_text(finding.message))
        .run();
  }

  void end(const AuditedVault&) override {}

  void unreadable(const std::filesystem::path& folder, const Error& error) override {
    RowBinder row(tables_->vault);
    row.number(++vault_).text(database_text(folder.native()));
    for (int i = 0; i < 12; ++i) row.null();
    row.text(database_text(error.what())).null().run();
  }

  void total(const AuditTotal& total) override {
    std::uint64_t number = 0;
    for (const CheckpointLine& line : total.unused_lines) {
      RowBinder row(tables_->unused_line);
      row.number(++number).text(line.signer).number(line.seq).text(line.entry_id);
      line.vault.empty() ? row.null() : row.text(line.vault);
      row.run();
    }
    tables_->db.run("COMMIT");
    tables_.reset();
    file_.commit();
  }

 private:
  using Keys = std::map<std::string, std::uint64_t>;

  static std::optional<std::int64_t> key_of(const Keys& keys, const std::string& name) {
    const auto found = keys.find(name);
    if (found == keys.end()) return std::nullopt;
    return capped_number(found->second);
  }

  void add_agents(const AuditedVault& vault) {
    agents_.clear();
    for (const AuditedAgent& agent : vault.agents) {
      agents_[agent.fingerprint] = ++next_;
      RowBinder row(tables_->agent);
      row.number(next_).number(vault_).text(agent.name).text(agent.fingerprint);
      row.number(agent.backups).number(agent.alone).time(agent.last_drilled);
      agent.last_drilled_backup.empty() ? row.null() : row.text(agent.last_drilled_backup);
      row.run();
    }
  }

  void add_policies(const AuditedVault& vault) {
    policies_.clear();
    for (const AuditedPolicy& policy : vault.policies) {
      policies_[policy.id] = ++next_;
      RowBinder(tables_->policy)
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
        RowBinder(tables_->policy_agent)
            .number(policies_[policy.id])
            .number(slot - 1)
            .number(agents_.at(reader.reader.fingerprint))
            .time(reader.last_drilled)
            .run();
      }
    }
  }

  void add_devices(const AuditedVault& vault) {
    devices_.clear();
    for (const AuditedDevice& device : vault.devices) {
      devices_[device.signer] = ++next_;
      RowBinder(tables_->device)
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

  void add_sources(const AuditedVault& vault) {
    sources_.clear();
    for (const AuditedSource& source : vault.sources) {
      sources_[source.id] = ++next_;
      RowBinder(tables_->source)
          .number(next_)
          .number(vault_)
          .text(source.id)
          .text(source.device)
          .number(source.backups)
          .time(source.first)
          .time(source.last)
          .flag(source.overdue)
          .run();
    }
  }

  void add_reader(const AuditedReader& reader, std::uint64_t slot) {
    const auto agent =
        reader.reader.owner ? std::nullopt : key_of(agents_, reader.reader.fingerprint);
    RowBinder(tables_->reader)
        .number(backup_)
        .number(slot)
        .optional_number(agent)
        .text(reader.reader.name)
        .flag(reader.drilled)
        .run();
    if (!agent || !reader.last_drilled) return;
    RowBinder(tables_->drill)
        .number(backup_)
        .optional_number(agent)
        .time(*reader.last_drilled)
        .run();
  }

  NewFile file_;
  std::unique_ptr<AuditTables> tables_;  // Closed before the file gets its name.
  std::uint64_t vault_ = 0;
  std::uint64_t backup_ = 0;
  std::uint64_t next_ = 0;  // Keys of the small tables.
  Keys policies_;           // Of the vault under way, by their ids.
  Keys agents_;
  Keys devices_;
  Keys sources_;
};

}  // namespace

std::unique_ptr<AuditSink> audit_database(const std::filesystem::path& file) {
  return std::make_unique<AuditDatabase>(file);
}

}  // namespace valise
