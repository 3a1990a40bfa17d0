#pragma once

#include <functional>
#include <string>

#include "valise/audit.hpp"

namespace valise::cli {

/// An audit for people, as it comes: at a glance who can open how many backups; then each source's
/// backups by policy, a line each; findings, the worst first; the checkpoint lines, as --checkpoint
/// reads them; and at the very end what no audit can prove.
class AuditText final : public AuditSink {
 public:
  AuditText(bool several, std::function<void(const std::string&)> print)
      : several_(several), print_(std::move(print)) {}

  void begin(const AuditedVault& vault) override;
  void backup(const AuditedVault& vault, const AuditedBackup& row) override;
  void finding(const AuditedVault& vault, const AuditFinding& finding) override;
  void end(const AuditedVault& vault) override;
  void unreadable(const std::filesystem::path& folder, const Error& error) override;
  void total(const AuditTotal& total) override;

 private:
  void add(const std::string& text);
  void flush();
  void begin_group(const AuditedVault& vault, const AuditedBackup& row);

  bool several_;
  std::function<void(const std::string&)> print_;
  std::string buffer_;
  bool first_vault_ = true;
  bool any_finding_ = false;
  std::string source_;  ///< With its signer.
  std::string policy_;
  std::size_t source_number_ = 0;   // Of the vault's sources; the first is 1.
  std::size_t stretch_number_ = 0;  // Of that source's stretches.
  std::size_t device_columns_ = 0;
};

}  // namespace valise::cli
