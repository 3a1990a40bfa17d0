#include <fmt/format.h>

#include "cli/audit_html_parts.hpp"
#include "cli/audit_wording.hpp"
#include "cli/html_text.hpp"
#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

std::string fact(const char* mode, const std::string& name, const std::string& value,
                 const std::string& more) {
  return fmt::format("<div class=\"{}\"><dt>{}</dt><dd>{}<span>{}</span></dd></div>\n", mode, name,
                     value, more);
}

std::string pin_html(const AuditedVault& vault) {
  if (!vault.pinned) return "taken from the vault itself";
  if (vault.pinned_card.empty()) return "the same as in this device's memory, or the owner's own";
  return "the same as on the card " + html_text(vault.pinned_card.native());
}

std::string proof_text(const AuditedVault& vault) {
  std::string text;
  for (int level = 0; level < 4; ++level) {
    const std::uint64_t count = vault.levels.at(static_cast<std::size_t>(level));
    if (count == 0) continue;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(count), level_name(level));
  }
  if (vault.own_slots > 0) text += ", own slot of " + format_count(vault.own_slots);
  if (vault.take_more > 0) text += ", " + take_more_text(vault);
  return text.empty() ? "nothing to prove" : text;
}

}  // namespace

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

std::string facts_html(const AuditedVault& vault) {
  int best = 0;
  for (int level = 0; level < 4; ++level) {
    if (vault.levels.at(static_cast<std::size_t>(level)) > 0) {
      best = level;
      break;
    }
  }
  return "<dl class=\"facts\">\n" +
         fact("", "Backups", format_count(vault.backup_count),
              format_bytes(vault.bytes) + (vault.pruned == 0 ? "" : "; " + pruned_text(vault))) +
         fact("e2ee", "End-to-end", format_count(vault.e2ee), "only the owner can open") +
         fact("esc", "Escrowed", format_count(vault.escrowed), "agents can open, too") +
         fact("", "Proven at least", vault.backup_count == 0 ? "\u2013" : level_name(best),
              proof_text(vault)) +
         fact("", "Owner's key", vault.pinned ? "compared" : "not compared", pin_html(vault)) +
         "</dl>\n";
}

}  // namespace valise::cli
