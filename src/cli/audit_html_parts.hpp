#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "valise/audit.hpp"

namespace valise::cli {

// The pieces of an audit's page (audit_html.hpp), each a whole element or the text in one.

/// A longer stretch shows its rows when asked to.
inline constexpr std::uint64_t kOpenRowsMax = 40;

/// What the signs of a time line mean.
extern const char* const kTimelineKey;
/// That long stretches fold; for a page on which some do.
extern const char* const kFoldedHint;

/// The first eight digits.
[[nodiscard]] std::string id_html(const std::string& id);
/// "end-to-end" or "escrowed, 2 of 3", as a tag.
[[nodiscard]] std::string mode_tag(bool escrow, unsigned k, std::size_t agents);
[[nodiscard]] std::size_t agents_in(const std::vector<AuditedReader>& readers);
/// In one line, whether all is well.
[[nodiscard]] std::string verdict_html(const AuditedVault& vault);
/// The totals.
[[nodiscard]] std::string facts_html(const AuditedVault& vault);
/// The owner and every agent, with what each can open and when it proved that.
[[nodiscard]] std::string people_html(const AuditedVault& vault);
/// "2026-01-31 to 2026-02-14"
[[nodiscard]] std::string when_text(const AuditedStretch& stretch);
/// Who can open what is under the policy; null is one that the owner never signed.
[[nodiscard]] std::string readers_html(const AuditedPolicy* policy);
/// How far a row is proven: "L1 signed", and whether the key at hand opened its own slot.
[[nodiscard]] std::string proof_html(const AuditedBackup& row);
/// The codes of a row's findings.
[[nodiscard]] std::string flaws_text(const AuditedBackup& row);
/// How many errors or warnings, as a tag.
[[nodiscard]] std::string outcome_tag(const AuditedVault& vault);
/// A vault's line in the list of all. On a narrow screen the heading goes, and each number says
/// itself of what it is.
[[nodiscard]] std::string overview_row(std::size_t number, const std::filesystem::path& folder,
                                       const std::array<std::string, 3>& counts,
                                       const std::string& outcome);
/// Whether a stretch of the vault folds.
[[nodiscard]] bool any_folds(const AuditedVault& vault);
/// The lines of the checkpoint that were compared with no vault; empty where there is none.
[[nodiscard]] std::string unused_lines_html(const AuditTotal& total);
[[nodiscard]] std::string limits_html();

}  // namespace valise::cli
