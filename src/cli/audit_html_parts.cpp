#include "cli/audit_html_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/audit_wording.hpp"
#include "cli/html_text.hpp"
#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

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

}  // namespace

const char* const kTimelineKey =
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
const char* const kFoldedHint =
    "<p class=\"small muted screen\">Long runs are folded; open those whose rows you want to see "
    "or print.</p>\n";

std::string id_html(const std::string& id) { return html_text(id.substr(0, 8)); }

std::string mode_tag(bool escrow, unsigned k, std::size_t agents) {
  if (!escrow) return "<span class=\"tag e2ee\">end-to-end</span>";
  return fmt::format("<span class=\"tag esc\">escrowed, {} of {}</span>", k, agents);
}

std::size_t agents_in(const std::vector<AuditedReader>& readers) {
  return static_cast<std::size_t>(std::count_if(
      readers.begin(), readers.end(), [](const AuditedReader& one) { return !one.reader.owner; }));
}

std::string people_html(const AuditedVault& vault) {
  std::string text = fmt::format(
      "<section><h3>Who can open what</h3>\n<div class=\"people\">\n<div class=\"person\"><b>The "
      "owner</b><p class=\"fp\">key {}\u2026</p><p>{}</p></div>\n",
      html_text(vault.owner.substr(0, 16)), owner_reach(vault));
  for (const AuditedAgent& agent : vault.agents) text += person_html(agent);
  return text + "</div></section>\n";
}

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

std::string proof_html(const AuditedBackup& row) {
  return std::string(level_name(row.level)) +
         (row.own_slot_rebuilt ? ", <span class=\"yes\">\u2713 own slot</span>" : "");
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

std::string unused_lines_html(const AuditTotal& total) {
  if (total.checkpoint_unused == 0) return "";
  std::string text =
      "<section class=\"unused\"><h3>Checkpoint lines of no vault</h3>\n<p><span class=\"tag "
      "warn\">! warning</span> " +
      unused_lines_text(total) + ".</p>\n<pre>";
  for (const CheckpointLine& line : total.unused_lines) {
    text += html_text(checkpoint_text(line)) + "\n";
  }
  return text + "</pre></section>\n";
}

std::string limits_html() {
  std::string text = "<section class=\"limits\"><h2>What no audit can prove</h2>\n<ul>\n";
  for (const std::string& limit : audit_limits()) {
    text += "<li>" + html_text(limit) + "</li>\n";
  }
  return text + "</ul></section>\n";
}

}  // namespace valise::cli
