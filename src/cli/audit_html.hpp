#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "valise/audit.hpp"
#include "valise/report_file.hpp"

namespace valise::cli {

/// An audit as one page that needs nothing else: no script, no font, no picture from elsewhere.
/// For a screen of any width, light or dark, and for paper. The new file (mode 0600) appears whole
/// with `total`, or never. Throws Error(usage) where something stands under its name.
class AuditHtml final : public AuditSink {
 public:
  explicit AuditHtml(const std::filesystem::path& path) : file_(path) {}

  void begin(const AuditedVault& vault) override;
  void backup(const AuditedVault& vault, const AuditedBackup& row) override;
  void finding(const AuditedVault& vault, const AuditFinding& finding) override;
  void end(const AuditedVault& vault) override;
  void unreadable(const std::filesystem::path& folder, const Error& error) override;
  void total(const AuditTotal& total) override;

 private:
  void begin_source(const AuditedVault& vault);
  void begin_stretch(const AuditedVault& vault, const AuditedBackup& row);
  void end_stretch();
  void begin_findings();
  [[nodiscard]] std::string front(const AuditTotal& total) const;

  ReportFile file_;
  std::vector<std::string> overview_;  // A table row for each vault.
  UnixSeconds audited_at_ = 0;
  bool any_own_slot_ = false;
  bool any_row_ = false;
  bool in_stretch_ = false;
  bool folded_ = false;  // Whether the stretch under way is one that folds.
  bool any_finding_ = false;
  std::string source_;
  std::string policy_;
  std::size_t source_number_ = 0;   // Of the vault's sources; the first is 1.
  std::size_t stretch_number_ = 0;  // Of that source's stretches.
};

}  // namespace valise::cli
