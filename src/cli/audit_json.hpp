#pragma once

#include <functional>
#include <map>

#include "cli/json_out.hpp"
#include "valise/audit.hpp"

namespace valise::cli {

/// An audit as JSON lines: a `backup` a row, a `finding` each, a `summary` a vault; with several
/// vaults one more `summary`, that of all of them, which has `vaults` and no `vault`.
class AuditJson final : public AuditSink {
 public:
  AuditJson(bool several, std::function<void(const Json&)> print)
      : several_(several), print_(std::move(print)) {}

  void begin(const AuditedVault& vault) override;
  void backup(const AuditedVault& vault, const AuditedBackup& row) override;
  void finding(const AuditedVault& vault, const AuditFinding& finding) override;
  void end(const AuditedVault& vault) override;
  /// Nothing: the error itself is a line of its own already.
  void unreadable(const std::filesystem::path&, const Error&) override {}
  void total(const AuditTotal& total) override;

 private:
  bool several_;
  std::function<void(const Json&)> print_;
  std::map<std::string, std::uint64_t> codes_;
};

[[nodiscard]] const char* severity_name(Severity severity) noexcept;

}  // namespace valise::cli
