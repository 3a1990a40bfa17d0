#pragma once

#include <functional>
#include <string>

#include "valise/audit.hpp"

namespace valise::cli {

// How a report names things, in text and on a page alike. Names pass through printable().

/// "END-TO-END: only the owner", or "ESCROWED: the owner, or any 2 of these agents together".
[[nodiscard]] std::string openers_text(bool escrow, unsigned k, std::size_t agents);
/// "L1 signed"
[[nodiscard]] const char* level_name(int level) noexcept;
/// What that level proves, in a few words.
[[nodiscard]] const char* level_meaning(int level) noexcept;
/// "can open 3 backups alone and 1 with others", or "can open no backup".
[[nodiscard]] std::string agent_reach(const AuditedAgent& agent);
/// "signer seq entry_id vault_id": as --checkpoint reads it, without the line's end.
[[nodiscard]] std::string checkpoint_text(const CheckpointLine& line);
/// The policy of that id; null where the owner never signed it.
[[nodiscard]] const AuditedPolicy* policy_of(const AuditedVault& vault, const std::string& id);

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
  std::string source_;
  std::string policy_;
  std::size_t source_number_ = 0;   // Of the vault's sources; the first is 1.
  std::size_t stretch_number_ = 0;  // Of that source's stretches.
  std::size_t device_columns_ = 0;
};

}  // namespace valise::cli
