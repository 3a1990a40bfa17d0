#pragma once

#include <filesystem>
#include <vector>

#include "ops/audit_book.hpp"

namespace valise {

/// Lines of "signer seq entry_id", as an audit prints them; other lines and '#' comments are passed
/// over, so that a whole report can be given back. Throws Error(usage) when no line is one.
[[nodiscard]] std::vector<CheckpointLine> read_checkpoint(const std::filesystem::path& path);

/// Finds "rollback" where a log is shorter than a checkpoint says, "fork" where it holds another
/// entry. `held_by` says in words whose memory it is.
void check_checkpoint(AuditBook& book, const std::vector<CheckpointLine>& lines,
                      const std::string& held_by);

/// Where each signer's log stands now.
[[nodiscard]] std::vector<CheckpointLine> checkpoint_of(const AuditBook& book);

}  // namespace valise
