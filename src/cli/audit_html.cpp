#include "cli/audit_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/audit_page.hpp"
#include "cli/audit_text.hpp"
#include "cli/audit_timeline.hpp"
#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

// A longer stretch shows its rows when asked to.
constexpr std::uint64_t kOpenRowsMax = 40;

std::string id_html(const std::string& id) { return html_text(id.substr(0, 8)); }

std::string mode_tag(bool escrow, unsigned k, std::size_t agents) {
  if (!escrow) return "<span class=\"tag e2ee\">end-to-end</span>";
  return fmt::format("<span class=\"tag esc\">escrowed, {} of {}</span>", k, agents);
}

std::size_t agents_in(const std::vector<AuditedReader>& readers) {
  return static_cast<std::size_t>(std::count_if(
      readers.begin(), readers.end(), [](const AuditedReader& one) { return !one.reader.owner; }));
}

std::string verdict_html(const AuditedVault& vault) {
  const std::string warnings = format_count_of(vault.warnings, "warning");
  if (vault.errors > 0) {
    return fmt::format("<p class=\"verdict bad\">\u2715 {}, {}</p>\n",
                       format_count_of(vault.errors, "error"), warnings);
  }
  if (vault.warnings > 0) {
    return fmt::format("<p class=\"verdict warn\">! No errors, {}</p>\n", warnings);
  }
  if (!vault.pinned) {
    return "<p class=\"verdict warn\">! Nothing was found, but the owner's key was not "
           "compared</p>\n";
  }
  return "<p class=\"verdict ok\">\u2713 Nothing was found</p>\n";
}

std::string fact(const char* mode, const std::string& name, const std::string& value,
                 const std::string& more) {
  return fmt::format("<div class=\"{}\"><dt>{}</dt><dd>{}<span>{}</span></dd></div>\n", mode, name,
                     value, more);
}

std::string proof_text(const AuditedVault& vault) {
  std::string text;
  for (int level = 0; level < 4; ++level) {
    const std::uint64_t count = vault.levels.at(static_cast<std::size_t>(level));
    if (count == 0) continue;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(count), level_name(level));
  }
  return text.empty() ? "nothing to prove" : text;
}

std::string facts_html(const AuditedVault& vault) {
  int best = 0;
  for (int level = 0; level < 4; ++level) {
    if (vault.levels.at(static_cast<std::size_t>(level)) > 0) {
      best = level;
      break;
    }
  }
  return "<dl class=\"facts\">\n" +
         fact("", "Backups", format_count(vault.backup_count), format_bytes(vault.bytes)) +
         fact("e2ee", "End-to-end", format_count(vault.e2ee), "only the owner can open") +
         fact("esc", "Escrowed", format_count(vault.escrowed), "agents can open, too") +
         fact("", "Proven at least", vault.backup_count == 0 ? "\u2013" : level_name(best),
              proof_text(vault)) +
         fact("", "Owner's key", vault.pinned ? "compared" : "not compared",
              vault.pinned ? "the same as on a card or in this device's memory"
                           : "taken from the vault itself") +
         "</dl>\n";
}

std::string person_html(const AuditedAgent& agent) {
  std::string drilled =
      "<span class=\"no\">\u25cb never drilled: that it can open one is not "
      "proven</span>";
  if (agent.last_drilled) {
    drilled = fmt::format("<span class=\"yes\">\u2713 drilled, last on {}, backup {}</span>",
                          format_day(*agent.last_drilled), id_html(agent.last_drilled_backup));
  }
  return fmt::format(
      "<div class=\"person\"><b>{}</b> <span class=\"small muted\">agent</span>"
      "<p class=\"fp\">{}</p><p>{}</p><p class=\"small\">{}</p></div>\n",
      html_text(agent.name), html_text(agent.fingerprint), agent_reach(agent), drilled);
}

std::string owner_reach(const AuditedVault& vault) {
  if (vault.backup_count == 0) return "there is no backup to open";
  if (vault.backup_count == 1) return "can open the one backup alone";
  return fmt::format("can open all {} backups alone", format_count(vault.backup_count));
}

std::string people_html(const AuditedVault& vault) {
  std::string text = fmt::format(
      "<section><h3>Who can open what</h3>\n<div class=\"people\">\n<div class=\"person\"><b>The "
      "owner</b><p class=\"fp\">key {}\u2026</p><p>{}</p></div>\n",
      html_text(vault.owner.substr(0, 16)), owner_reach(vault));
  for (const AuditedAgent& agent : vault.agents) text += person_html(agent);
  return text + "</div></section>\n";
}

constexpr const char* kKey =
    "<p class=\"key\"><span><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect "
    "class=\"band "
    "e2ee\" x=\".5\" y=\".5\" width=\"21\" height=\"13\" rx=\"2\"/></svg>end-to-end</span>"
    "<span><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect class=\"band esc\" x=\".5\" "
    "y=\".5\" width=\"21\" height=\"13\" rx=\"2\"/></svg>escrowed</span>"
    "<span><svg width=\"10\" height=\"14\" aria-hidden=\"true\"><rect class=\"tick e2ee\" x=\"4\" "
    "y=\"2\" width=\"2\" height=\"10\"/></svg>backups</span>"
    "<span><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect class=\"gap\" x=\".5\" "
    "y=\".5\" width=\"21\" height=\"13\"/></svg>none for long</span>"
    "<span><b class=\"flaw\">\u00d7</b>missing or damaged</span></p>\n";
constexpr const char* kFoldedHint =
    "<p class=\"small muted screen\">Long runs are folded; open those whose rows you want to see "
    "or print.</p>\n";

std::string when_text(const AuditedStretch& stretch) {
  if (format_day(stretch.from) == format_day(stretch.to)) return format_day(stretch.from);
  return format_day(stretch.from) + " to " + format_day(stretch.to);
}

std::string readers_html(const AuditedPolicy* policy) {
  if (policy == nullptr) {
    return "<p class=\"who flaw\">The owner never signed the policy that these name.</p>\n";
  }
  std::string text = fmt::format("<p class=\"who\">Policy in force since {}{}. Readers: the owner",
                                 format_time(policy->since),
                                 policy->until ? " until " + format_time(*policy->until) : "");
  for (const AuditedReader& one : policy->readers) {
    if (one.reader.owner) continue;
    text += fmt::format("; {} <span class=\"fp\">{}</span> ({})", html_text(one.reader.name),
                        html_text(one.reader.fingerprint),
                        one.drilled ? one.last_drilled ? "drilled " + format_day(*one.last_drilled)
                                                       : std::string("drilled")
                                    : std::string("not drilled"));
  }
  return text + ".</p>\n";
}

std::string flaws_text(const AuditedBackup& row) {
  std::string flaws;
  for (const std::string& code : row.findings) {
    flaws += (flaws.empty() ? "" : ", ") + html_text(code);
  }
  return flaws.empty() ? flaws : "<span class=\"flaw\">\u2715 " + flaws + "</span>";
}

std::string outcome_tag(const AuditedVault& vault) {
  if (vault.errors > 0) {
    return "<span class=\"tag bad\">\u2715 " + format_count_of(vault.errors, "error") + "</span>";
  }
  if (vault.warnings > 0) {
    return "<span class=\"tag warn\">! " + format_count_of(vault.warnings, "warning") + "</span>";
  }
  return "<span class=\"yes\">\u2713 nothing found</span>";
}

// On a narrow screen the heading goes and each number says itself of what it is.
std::string overview_row(std::size_t number, const std::filesystem::path& folder,
                         const std::array<std::string, 3>& counts, const std::string& outcome) {
  return fmt::format(
      "<tr><td><a href=\"#v{}\">{}</a><td class=\"num\" data-of=\"backups\">{}<td class=\"num\" "
      "data-of=\"end-to-end\">{}<td class=\"num\" data-of=\"escrowed\">{}<td>{}</tr>\n",
      number, html_text(folder.native()), counts[0], counts[1], counts[2], outcome);
}

bool any_folds(const AuditedVault& vault) {
  for (const AuditedSource& source : vault.sources) {
    for (const AuditedStretch& stretch : source.stretches) {
      if (stretch.backups > kOpenRowsMax) return true;
    }
  }
  return false;
}

std::string limits_html() {
  std::string text = "<section class=\"limits\"><h2>What no audit can prove</h2>\n<ul>\n";
  for (const std::string& limit : audit_limits()) {
    text += "<li>" + html_text(limit) + "</li>\n";
  }
  return text + "</ul></section>\n";
}

}  // namespace

void AuditHtml::begin(const AuditedVault& vault) {
  audited_at_ = std::max(audited_at_, vault.audited_at);
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
  if (vault.backup_count > 0) file_.write(kKey);
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
  if (row.source != source_) begin_source(vault);
  source_ = row.source;
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
  if (row.source != source_ || row.policy != policy_ || !in_stretch_) begin_stretch(vault, row);
  file_.write(fmt::format("<tr><td><code>{}</code><td>{}<td>{}<td>{}<td>{} {}<td>{}</tr>\n",
                          id_html(row.snapshot), format_time(row.time).substr(0, 16),
                          row.full ? "full" : "increment", level_name(row.level),
                          html_text(row.device), row.seq, flaws_text(row)));
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
  file_.write(levels + ".</p></section>\n" + limits_html() + "</main>\n</body>\n</html>\n");
  file_.commit(front(total));
}

}  // namespace valise::cli
