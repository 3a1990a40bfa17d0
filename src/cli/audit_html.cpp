#include "cli/audit_html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/audit_html_parts.hpp"
#include "cli/audit_page.hpp"
#include "cli/audit_timeline.hpp"
#include "cli/audit_wording.hpp"
#include "cli/html_text.hpp"
#include "cli/text_out.hpp"

namespace valise::cli {

void AuditHtml::begin(const AuditedVault& vault) {
  audited_at_ = std::max(audited_at_, vault.audited_at);
  any_own_slot_ = any_own_slot_ || vault.own_slots > 0;
  any_row_ = in_stretch_ = any_finding_ = false;
  source_.clear();
  policy_.clear();
  source_number_ = 0;
  const std::size_t number = overview_.size() + 1;
  overview_.push_back(overview_row(
      number, vault.folder,
      {format_count(vault.backup_count), format_count(vault.e2ee), format_count(vault.escrowed)},
      outcome_tag(vault)));
  file_.write(fmt::format(
      "<article class=\"vault\" id=\"v{}\">\n<h2>{}</h2>\n<p class=\"id\">vault "
      "{}<br>owner {}</p>\n",
      number, html_text(vault.folder.native()), html_text(vault.vault_id), html_text(vault.owner)));
  file_.write(verdict_html(vault) + facts_html(vault) + people_html(vault));
  file_.write("<section><h3>Backups over time</h3>\n");
  if (vault.backup_count > 0) file_.write(kTimelineKey);
  if (any_folds(vault)) file_.write(kFoldedHint);
}

void AuditHtml::begin_source(const AuditedVault& vault) {
  if (any_row_) file_.write("</div>\n");
  any_row_ = true;
  const std::size_t at = source_number_++;
  stretch_number_ = 0;
  if (at >= vault.sources.size()) {
    file_.write("<div class=\"source\">\n");
    return;
  }
  const AuditedSource& source = vault.sources[at];
  UnixSeconds from = source.first;
  UnixSeconds to = source.last;
  // All of a vault's lines share one scale, up to the day of the audit.
  for (const AuditedSource& one : vault.sources) {
    from = std::min(from, one.first);
    to = std::max(to, one.last);
  }
  to = std::max(to, vault.audited_at);
  file_.write(fmt::format(
      "<div class=\"source\"><h4>Source {} <span class=\"muted\">of {}, {}</span>{}</h4>\n",
      id_html(source.id), html_text(source.device), format_count_of(source.backups, "backup"),
      source.overdue ? " <span class=\"tag bad\">\u2715 overdue</span>" : ""));
  file_.write(timeline_svg(source, from, to));
}

void AuditHtml::begin_stretch(const AuditedVault& vault, const AuditedBackup& row) {
  end_stretch();
  if (source_key(row) != source_) begin_source(vault);
  source_ = source_key(row);
  policy_ = row.policy;
  const AuditedPolicy* policy = policy_of(vault, row.policy);
  AuditedStretch stretch;
  stretch.from = stretch.to = row.time;
  stretch.backups = 1;
  const std::size_t at = stretch_number_++;
  if (source_number_ <= vault.sources.size() &&
      at < vault.sources[source_number_ - 1].stretches.size()) {
    stretch = vault.sources[source_number_ - 1].stretches[at];
  }
  folded_ = stretch.backups > kOpenRowsMax;
  const std::string sum = fmt::format(
      "<span class=\"sum\">{}<b>{}</b>{}<span class=\"when\">{}</span></span>",
      mode_tag(row.escrow, row.k, agents_in(policy == nullptr ? row.readers : policy->readers)),
      format_count_of(stretch.backups, "backup"),
      stretch.flawed == 0
          ? ""
          : fmt::format("<span class=\"flaw\">\u2715 {} with findings</span>", stretch.flawed),
      when_text(stretch));
  file_.write(folded_ ? "<details><summary>" + sum + "</summary>\n"
                      : "<div class=\"stretch\">" + sum + "\n");
  file_.write(readers_html(policy));
  in_stretch_ = true;
  file_.write(
      "<table class=\"rows\"><thead><tr><th>Backup<th>Time (UTC)<th>Kind<th>Proof<th>Device<th>"
      "Findings</tr></thead><tbody>\n");
}

void AuditHtml::end_stretch() {
  if (in_stretch_)
    file_.write(folded_ ? "</tbody></table></details>\n" : "</tbody></table></div>\n");
  in_stretch_ = false;
}

void AuditHtml::backup(const AuditedVault& vault, const AuditedBackup& row) {
  if (source_key(row) != source_ || row.policy != policy_ || !in_stretch_)
    begin_stretch(vault, row);
  file_.write(fmt::format("<tr><td><code>{}</code><td>{}<td>{}<td>{}<td>{} {}<td>{}</tr>\n",
                          id_html(row.snapshot), format_time(row.time).substr(0, 16),
                          kind_text(row), proof_html(row), html_text(row.device), row.seq,
                          flaws_text(row)));
}

void AuditHtml::begin_findings() {
  if (any_finding_) return;
  any_finding_ = true;
  end_stretch();
  if (any_row_) {
    file_.write("</div>\n");
  } else {
    file_.write("<p>The vault holds no backup.</p>\n");
  }
  file_.write("</section>\n<section><h3>Findings</h3>\n");
}

void AuditHtml::finding(const AuditedVault&, const AuditFinding& finding) {
  begin_findings();
  const bool error = finding.severity == Severity::error;
  file_.write(fmt::format(
      "<div class=\"finding\"><span class=\"tag {}\">{}</span> <code>{}</code><p>{}</p></div>\n",
      error ? "bad" : "warn",
      error                                   ? "\u2715 error"
      : finding.severity == Severity::warning ? "! warning"
                                              : "note",
      html_text(finding.code), html_text(printable_about(finding.object, finding.message))));
}

void AuditHtml::end(const AuditedVault& vault) {
  const bool none = !any_finding_;
  begin_findings();
  if (none) file_.write("<p class=\"yes\">\u2713 None.</p>\n");
  file_.write(
      "</section>\n<section><h3>Checkpoint</h3>\n<p class=\"small muted\">Signer, number and id of "
      "each one's last entry, and the vault. Keep these lines elsewhere and give them to the next "
      "audit with --checkpoint: it then notices when a log was cut back or written "
      "anew.</p>\n<pre>");
  for (const CheckpointLine& line : vault.checkpoint) {
    file_.write(html_text(checkpoint_text(line)) + "\n");
  }
  file_.write("</pre></section>\n</article>\n");
}

void AuditHtml::unreadable(const std::filesystem::path& folder, const Error& error) {
  const std::size_t number = overview_.size() + 1;
  overview_.push_back(overview_row(number, folder, {"\u2013", "\u2013", "\u2013"},
                                   "<span class=\"tag bad\">\u2715 not audited</span>"));
  file_.write(
      fmt::format("<article class=\"vault\" id=\"v{}\">\n<h2>{}</h2>\n<p class=\"verdict "
                  "bad\">\u2715 Not audited</p><p>{}</p></article>\n",
                  number, html_text(folder.native()), html_text(error.what())));
}

std::string AuditHtml::front(const AuditTotal& total) const {
  std::string text = audit_page_head("Who can open these backups");
  text += fmt::format(
      "<header class=\"top\"><h1>Who can open these backups</h1>\n<p>valise audit{}. Times are in "
      "UTC.</p></header>\n",
      audited_at_ == 0 ? "" : " of " + format_time(audited_at_));
  if (overview_.size() < 2) return text;
  text += fmt::format(
      "<section class=\"overview\"><p><b>{}</b>: {} end-to-end, {} escrowed; in {}, {} of them "
      "with "
      "errors; {} that could not be audited.</p>\n<table><thead><tr><th>Vault<th "
      "class=\"num\">Backups<th class=\"num\">End-to-end<th class=\"num\">Escrowed<th>Findings"
      "</tr></thead><tbody>\n",
      format_count_of(total.backups, "backup"), format_count(total.e2ee),
      format_count(total.escrowed), format_count_of(total.vaults, "vault"),
      format_count(total.vaults_with_errors), format_count(total.unreadable));
  for (const std::string& row : overview_) text += row;
  return text + "</tbody></table></section>\n";
}

void AuditHtml::total(const AuditTotal& total) {
  std::string levels = "<section class=\"small muted\"><p>";
  for (int level = 0; level < 4; ++level) {
    levels += fmt::format("{}<b>{}</b>: {}", level == 0 ? "" : "; ", level_name(level),
                          level_meaning(level));
  }
  if (any_own_slot_) levels += fmt::format("; <b>own slot</b>: {}", kOwnSlotMeaning);
  file_.write(unused_lines_html(total) + levels + ".</p></section>\n" + limits_html() +
              "</main>\n</body>\n</html>\n");
  file_.commit(front(total));
}

}  // namespace valise::cli
