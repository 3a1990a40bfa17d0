#include "valise/audit_database.hpp"

#include "base/new_file.hpp"
#include "ops/audit_keys.hpp"
#include "ops/audit_row_binder.hpp"

namespace valise {
namespace {

const char* severity_word(Severity severity) noexcept {
  if (severity == Severity::error) return "error";
  return severity == Severity::warning ? "warning" : "info";
}

class AuditDatabase final : public AuditSink {
 public:
  explicit AuditDatabase(const std::filesystem::path& path)
      : file_(path),
        tables_(std::make_unique<AuditTables>(file_.temporary_path())),
        keys_(std::make_unique<AuditKeys>(*tables_)) {
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
    row.number(vault.take_more).number(vault.pruned).run();
    keys_->begin(vault_, vault);
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
        .number(keys_->source(row))
        .number(keys_->device(row.signer))
        .optional_number(keys_->policy(row.policy))
        .number(row.seq)
        .time(row.time)
        .text(row.full ? "full" : "increment")
        .flag(row.copy)
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
    row.text(database_text(error.what())).null().null().null().run();
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
    keys_.reset();
    tables_.reset();
    file_.commit();
  }

 private:
  void add_reader(const AuditedReader& reader, std::uint64_t slot) {
    const auto agent = reader.reader.owner ? std::nullopt : keys_->agent(reader.reader.fingerprint);
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
  std::unique_ptr<AuditKeys> keys_;
  std::uint64_t vault_ = 0;
  std::uint64_t backup_ = 0;
};

}  // namespace

std::unique_ptr<AuditSink> audit_database(const std::filesystem::path& file) {
  return std::make_unique<AuditDatabase>(file);
}

}  // namespace valise
