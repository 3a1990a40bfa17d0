#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "format/entry.hpp"
#include "ops/audit_book.hpp"

namespace valise {

/// One line of a checkpoint: where a signer's log stood.
struct CheckpointMark {
  Bytes32 signer{};
  std::uint64_t seq = 0;
  Bytes32 entry_id{};
  std::optional<Bytes16> vault;  ///< Nothing in a line of three columns.
};

/// Lines of "signer seq entry_id vault_id", as an audit prints them, or without the last column;
/// other lines and '#' comments are passed over, so that a whole report can be given back. Throws
/// Error(usage) when no line is one.
[[nodiscard]] std::vector<CheckpointMark> read_checkpoint(const std::filesystem::path& path);

/// Lets the book compare what it reads with this line. `held_by` says in words whose memory it is.
void hold_mark(AuditBook& book, const CheckpointMark& mark, const std::string& held_by);

/// As an audit prints it.
[[nodiscard]] CheckpointLine line_of(const CheckpointMark& mark);

/// Where each signer's log stands now.
[[nodiscard]] std::vector<CheckpointLine> checkpoint_of(const AuditBook& book);

}  // namespace valise
