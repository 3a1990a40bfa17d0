#pragma once

#include <string>

#include "valise/audit.hpp"

namespace valise::cli {

// How a report names things, in text and on a page alike. Names pass through printable().

/// "END-TO-END: only the owner", or "ESCROWED: the owner, or any 2 of these agents together".
[[nodiscard]] std::string openers_text(bool escrow, unsigned k, std::size_t agents);
/// How many of the readers are not the owner.
[[nodiscard]] std::size_t agent_count(const std::vector<AuditedReader>& readers);
/// L0 .. L3.
inline constexpr int kLevelCount = 4;
/// "L1 signed"
[[nodiscard]] const char* level_name(int level) noexcept;
/// What that level proves, in a few words.
[[nodiscard]] const char* level_meaning(int level) noexcept;
/// What `own_slot_rebuilt` proves of a backup.
inline constexpr const char* kOwnSlotMeaning =
    "the slot of the key at hand is the one that it opens; database and catalog decrypt";
/// "2 backups take more agents than this one: not rebuilt", or nothing where there is none.
[[nodiscard]] std::string take_more_text(const AuditedVault& vault);
/// "3 more backups were pruned and are gone", or nothing where none was.
[[nodiscard]] std::string pruned_text(const AuditedVault& vault);
/// "can open 3 backups alone and 1 with others", or "can open no backup".
[[nodiscard]] std::string agent_reach(const AuditedAgent& agent);
/// "signer seq entry_id vault_id": as --checkpoint reads it, without the line's end.
[[nodiscard]] std::string checkpoint_text(const CheckpointLine& line);
/// What the lines of the checkpoint that no vault of the run could be compared with are, and why
/// they stand in the report: a sentence without a full stop.
[[nodiscard]] std::string unused_lines_text(const AuditTotal& total);
/// What rows of one source have in common: its id and its device's key.
[[nodiscard]] std::string source_key(const AuditedBackup& row);
/// "full", or "increment, copy".
[[nodiscard]] std::string kind_text(const AuditedBackup& row);
/// The policy of that id; null where the owner never signed it.
[[nodiscard]] const AuditedPolicy* policy_of(const AuditedVault& vault, const std::string& id);

}  // namespace valise::cli
