#include "cli/audit_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/audit_text_parts.hpp"
#include "cli/audit_wording.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

// Rows are printed in parts of about this size.
constexpr std::size_t kFlushBytes = 16 * 1024;
// A device's name has at most 32 bytes; the column is as wide as the longest one needs.
constexpr std::size_t kDeviceColumnsMax = 32;
std::string padded(const std::string& text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? text + std::string(width - have, ' ') : text;
}

}  // namespace

void AuditText::add(const std::string& text) {
  buffer_ += text;
  if (buffer_.size() >= kFlushBytes) flush();
}

void AuditText::flush() {
  if (!buffer_.empty()) print_(buffer_);
  buffer_.clear();
}

void AuditText::begin(const AuditedVault& vault) {
  any_finding_ = false;
  source_.clear();
  policy_.clear();
  source_number_ = 0;
  device_columns_ = 0;
  for (const AuditedDevice& device : vault.devices) {
    device_columns_ =
        std::clamp(columns(printable(device.name)), device_columns_, kDeviceColumnsMax);
  }
  if (!first_vault_) add("\n");
  first_vault_ = false;
  add(fmt::format("Vault {} ({})\n", printable_path(vault.folder), printable(vault.vault_id)));
  add(fmt::format("Owner {}\n  {}\n", printable(vault.owner), pin_text(vault)));
  add(glance_text(vault));
}

void AuditText::begin_group(const AuditedVault& vault, const AuditedBackup& row) {
  if (source_key(row) != source_) {
    ++source_number_;
    stretch_number_ = 0;
  }
  const AuditedSource* source =
      source_number_ <= vault.sources.size() ? &vault.sources[source_number_ - 1] : nullptr;
  if (source_key(row) != source_) {
    add(fmt::format("\nSource {}{}{}\n", short_id(row.source),
                    row.copy ? ", copies of snapshots," : "",
                    source == nullptr ? ""
                                      : fmt::format(" of {}, {}{}", printable(source->device),
                                                    format_count_of(source->backups, "backup"),
                                                    source->overdue ? ", OVERDUE" : "")));
  }
  source_ = source_key(row);
  policy_ = row.policy;
  ++stretch_number_;
  const AuditedPolicy* policy = policy_of(vault, row.policy);
  const auto& readers = policy == nullptr ? row.readers : policy->readers;
  std::string heading = fmt::format("  {}", openers_text(row.escrow, row.k, agent_count(readers)));
  if (policy != nullptr || row.policy_since != 0) {
    heading += ", since " + format_time(policy == nullptr ? row.policy_since : policy->since);
  } else {
    heading += ", by a policy that the owner never signed";
  }
  if (source != nullptr && stretch_number_ <= source->stretches.size()) {
    heading += "; " + format_count_of(source->stretches[stretch_number_ - 1].backups, "backup");
  }
  add(heading + "\n" + readers_text(readers));
}

void AuditText::backup(const AuditedVault& vault, const AuditedBackup& row) {
  if (source_key(row) != source_ || row.policy != policy_) begin_group(vault, row);
  add(fmt::format("    {}  {}  {:<9}  {:<10}  {} {}{}\n", short_id(row.snapshot),
                  format_time(row.time), row.full ? "full" : "increment", level_name(row.level),
                  padded(printable(row.device), device_columns_), row.seq, notes_text(row)));
}

void AuditText::finding(const AuditedVault& vault, const AuditFinding& finding) {
  if (!any_finding_) {
    add(fmt::format("\n{}:\n",
                    format_count_of(std::max<std::uint64_t>(vault.finding_count(), 1), "finding")));
  }
  any_finding_ = true;
  add(fmt::format("  {}  {}  {}\n", severity_text(finding.severity), printable(finding.code),
                  printable_about(finding.object, finding.message)));
}

void AuditText::end(const AuditedVault& vault) {
  if (!any_finding_) add("\nNo findings.\n");
  if (!vault.checkpoint.empty()) {
    add("\nCheckpoint (signer, number and id of each one's last entry, vault; keep these lines\n"
        "elsewhere and give them to the next audit with --checkpoint):\n");
    for (const CheckpointLine& line : vault.checkpoint) add(checkpoint_text(line) + "\n");
  }
  flush();
}

void AuditText::unreadable(const std::filesystem::path& folder, const Error& error) {
  if (!first_vault_) add("\n");
  first_vault_ = false;
  add(fmt::format("Vault {}\n  NOT AUDITED: {}\n", printable_path(folder),
                  printable(error.what())));
  flush();
}

void AuditText::total(const AuditTotal& total) {
  if (several_) {
    add(fmt::format(
        "\nAll vaults: {} audited, {} of them with errors; {} that could not be "
        "audited.\n  {}: {} end-to-end, {} escrowed.\n  {}, {}.\n",
        format_count(total.vaults), format_count(total.vaults_with_errors),
        format_count(total.unreadable), format_count_of(total.backups, "backup"),
        format_count(total.e2ee), format_count(total.escrowed),
        format_count_of(total.errors, "error"), format_count_of(total.warnings, "warning")));
  }
  if (total.checkpoint_unused > 0) {
    add("\n" + unused_lines_text(total) +
        "\n(they stay in this report, so that an audit that gets it back compares them, too):\n");
    for (const CheckpointLine& line : total.unused_lines) add(checkpoint_text(line) + "\n");
  }
  add("\nWhat no audit can prove:\n");
  for (const std::string& limit : audit_limits()) add("  - " + limit + "\n");
  flush();
}

}  // namespace valise::cli
