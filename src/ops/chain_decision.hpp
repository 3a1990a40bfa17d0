#pragma once

#include <optional>
#include <string>

#include "ops/writer_session.hpp"

namespace valise {

/// Why a full, when the logs lack what this device remembers of them.
inline constexpr const char* kRolledBack = "the vault's log is older than this device remembers";
inline constexpr const char* kPolicyChanged = "the policy changed";

/// Whether tonight's backup of a source continues its chain. `why_full` is one line for people,
/// empty when it does; then `parent` is last night's state.
struct ChainDecision {
  std::string why_full;
  std::optional<SourceState> parent;
};

/// Lists backups/ once and applies the rules of formats/vault.md, but for the one that only the
/// capture can tell (more than half of the pages changed).
[[nodiscard]] ChainDecision decide_chain(const WriterSession& session, const Bytes16& source,
                                         std::uint32_t page_size, bool full_asked);

/// Whether the state knows of the last backup of a source that this device has logged: false where
/// it was lost, or is an older one that was put back; and where the entries since the last one that
/// it knows cannot all be read, since one of them may be a backup of the source. Throws StateError,
/// Error(storage).
[[nodiscard]] bool knows_last_backup(const WriterSession& session, const Bytes16& source);

/// The rules that the chain alone decides: why the snapshot after `state`, with pages of
/// `page_size`, begins a new one; empty when it does not.
[[nodiscard]] std::string why_chain_ends(const WriterSession& session, const SourceState& state,
                                         std::uint32_t page_size);

}  // namespace valise
