#pragma once

#include "format/drill.hpp"
#include "format/entry.hpp"
#include "format/root_keys.hpp"
#include "valise/drill.hpp"
#include "vault/vault.hpp"

namespace valise {

/// A backup, and one agent that it names.
struct DrillTarget {
  const Entry* entry = nullptr;
  const PolicyPayload* policy = nullptr;
  UnixSeconds time = 0;
  std::uint8_t slot = 0;
  [[nodiscard]] const BackupPayload& backup() const { return *entry->as<BackupPayload>(); }
};

using SignedDrill = ByteArray<kDrillBytes>;

/// The row of a report, not drilled yet.
[[nodiscard]] DrilledBackup drill_row(const DrillTarget& target);

/// Opens the agent's slot and signs that it could. Throws Error(corrupt) that names the backup, the
/// slot and its agent when it does not open.
[[nodiscard]] SignedDrill sign_target(const DrillTarget& target, const RootKeys& agent,
                                      UnixSeconds now);

/// Throws Error(corrupt) naming `object` unless the bytes are the drill of this agent for this slot
/// of this backup.
void check_drill_fits(ByteSpan bytes, const DrillTarget& target, const std::string& object);

/// False when the vault holds a sound drill for this slot already: one proves it for ever. Throws
/// Error(corrupt) when something else stands in its place, Error(storage).
[[nodiscard]] bool put_drill(const Vault& vault, const DrillTarget& target,
                             const SignedDrill& drill);

}  // namespace valise
