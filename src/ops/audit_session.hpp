#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/ordered_pipeline.hpp"
#include "ops/audit_book.hpp"
#include "ops/audit_objects.hpp"
#include "ops/audit_pins.hpp"
#include "ops/checkpoint.hpp"
#include "valise/audit.hpp"
#include "vault/key_ring.hpp"

namespace valise {

/// What goes from one vault to the next.
struct AuditSession {
  AuditSession(const Run& verb_run, const AuditOptions& verb_options, bool several_vaults);

  const Run& run;
  const AuditOptions& options;
  bool several;
  PinnedCards pins;
  std::vector<CheckpointMark> marks;
  std::vector<bool> mark_used;
  /// Vaults that the checkpoint names and that are not among those audited: another may stand in
  /// the place of each.
  std::set<Bytes16> away;
  /// Where each vault was met, without links. Not by inode: the storage's host makes those up.
  std::map<Bytes16, std::filesystem::path> met;
  std::optional<VaultKey> agent;  ///< An agent's key opens what it can in every vault.
  WorkerPool pool;
};

/// The card on which the vault's public key stands; null where there is none, or none was given.
[[nodiscard]] const std::filesystem::path* check_pin(const AuditSession& session, AuditBook& book);
/// A device that is enrolled remembers the owner's key and where the logs stood: false where there
/// is none.
[[nodiscard]] bool hold_own_memory(const Run& run, AuditBook& book);
/// Lets the book compare what it reads with the lines of the checkpoint that are this vault's.
void hold_checkpoint(AuditSession& session, const AuditListing& listing, AuditBook& book);
/// The vaults that lines of the checkpoint name and that are none of these.
[[nodiscard]] std::set<Bytes16> absent_vaults(const AuditSession& session,
                                              const std::set<Bytes16>& audited);
/// A vault that was audited at another place has a copy, which may stand in another vault's place.
void check_met_once(AuditSession& session, AuditBook& book);

}  // namespace valise
