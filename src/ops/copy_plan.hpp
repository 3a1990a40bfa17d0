#pragma once

#include <string>
#include <vector>

#include "ops/opened_backup.hpp"
#include "ops/writer_session.hpp"
#include "valise/copy.hpp"

namespace valise {

/// A snapshot that was asked for, and what its copy will say of it.
struct ChosenSnapshot {
  const Snapshot* snapshot = nullptr;
  OriginInfo origin;
  UnixSeconds shown = 0;  ///< The day that it shows.
};

struct ChosenSnapshots {
  std::vector<ChosenSnapshot> chosen;  ///< By the day that they show.
  std::vector<CopyFailure> failures;   ///< Those that do not open, or cannot be copied whole.
};

/// The snapshots that `options` names. Throws Error(not_found), Error(usage), Error(wrong_key) when
/// the key opens none of them.
[[nodiscard]] ChosenSnapshots choose_snapshots(const VaultView& from, const VaultKey& key,
                                               const CopyOptions& options);

/// The copies to make of one source, in order; none where all stand there already.
struct SourceCopies {
  Bytes16 source{};  ///< Of the copies.
  std::vector<ChosenSnapshot> snapshots;
};

struct PlannedCopies {
  CopyPlan plan;
  std::vector<SourceCopies> sources;
  /// Copies of the same sources that stand there, of which nobody here can tell what they are of.
  std::uint64_t unknown = 0;
};

/// Leaves out what the second vault holds already under the readers of its policy in force: by what
/// this device remembers of its own copies, and where both are one vault by the manifests as well.
[[nodiscard]] PlannedCopies plan_copies(const VaultView& from, const VaultKey& key,
                                        const WriterSession& session, const CopyOptions& options,
                                        const std::vector<ChosenSnapshot>& chosen);

/// Sentences for people: what stays readable by whom, and what is left to do.
[[nodiscard]] std::vector<std::string> copy_consequences(const CopyReport& report,
                                                         const Places& places);

}  // namespace valise
