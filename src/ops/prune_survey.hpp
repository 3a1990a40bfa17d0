#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/collect_packs.hpp"
#include "ops/opened_backup.hpp"
#include "ops/prune_plan.hpp"
#include "ops/writer_session.hpp"

namespace valise {

/// The snapshots of one source of this device, with the copies of them that stand in the same
/// vault: a copy shows a day of that source.
struct PruneGroup {
  Bytes16 source{};
  std::optional<std::string> name;
  std::vector<const Snapshot*> snapshots;
  std::vector<Keepable> keepables;
  std::vector<Verdict> verdicts;
};

/// A container that goes.
struct GivenUp {
  std::uint64_t seq = 0;
  Bytes16 bid{};
};

/// What stands in a vault, as a prune of this device looks at it.
struct PruneSurvey {
  std::unique_ptr<VaultView> view;
  LoggedObjects logged;
  ObjectTable table;
  std::vector<PruneGroup> groups;   ///< Judged.
  std::vector<GivenUp> leftovers;   ///< Given up by an earlier run, and still there.
  std::vector<ObjectInfo> orphans;  ///< Old enough to go.
  std::uint64_t other_devices = 0;  ///< Snapshots of them.
};

/// By what else than the rules a group is judged.
[[nodiscard]] KeepContext keep_context(const WriterSession& session, const Run& run,
                                       const PruneOptions& options, const PruneGroup& group);

/// Throws Error(not_found) when no source is `options.source`, StateError, Error(storage).
[[nodiscard]] PruneSurvey survey_vault(const WriterSession& session, const Run& run,
                                       const PruneOptions& options);

}  // namespace valise
