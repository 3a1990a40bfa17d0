#include "ops/prune_compaction.hpp"

#include <map>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/copy.hpp"
#include "ops/prune_survey.hpp"

namespace valise {
namespace {

struct ChainShare {
  std::vector<std::string> kept;  ///< By a rule.
  bool carries = false;           ///< Something stays only because another one builds on it.
  bool fixed = false;
};

// What a chain holds, by its full.
std::map<Bytes32, ChainShare> chains_of(const PruneSurvey& survey, const PruneGroup& group) {
  std::map<Bytes32, ChainShare> chains;
  for (std::size_t i = 0; i < group.snapshots.size(); ++i) {
    const Verdict& verdict = group.verdicts[i];
    if (!verdict.keep) continue;
    const Keepable& one = group.keepables[i];
    std::vector<const Snapshot*> chain;
    try {
      chain = survey.view->index.chain_of(*group.snapshots[i]);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      continue;
    }
    ChainShare& share = chains[chain.front()->entry.id];
    if (verdict.by_rule) {
      share.kept.push_back(hex(one.bid));
    } else {
      share.carries = true;
    }
    if (verdict.pinned || one.shows != one.entry_id) share.fixed = true;
  }
  return chains;
}

std::vector<std::string> snapshots_to_copy(Storage& storage, const Run& run,
                                           const PruneOptions& options) {
  const WriterSession session = WriterSession::open(storage, run, Turn::look);
  const PruneSurvey survey = survey_vault(session, run, options);
  std::vector<std::string> names;
  for (const PruneGroup& group : survey.groups) {
    for (const auto& [full, share] : chains_of(survey, group)) {
      if (share.fixed || !share.carries) continue;
      names.insert(names.end(), share.kept.begin(), share.kept.end());
    }
  }
  return names;
}

}  // namespace

void compact_chains(Storage& storage, const Run& run, const PruneOptions& options,
                    const UnlockSource& unlock, PruneReport& report) {
  CopyOptions copies;
  copies.snapshots = snapshots_to_copy(storage, run, options);
  // The originals go: what a missing pack would give back one day must not go with them.
  copies.whole = true;
  report.copied = copies.snapshots.size();
  if (copies.snapshots.empty() || options.dry_run) return;
  const CopyReport copied = copy_between(storage, storage, run, copies, unlock);
  report.copied = copied.copies.size();
  report.bytes_added = copied.bytes_added;
  report.failures = copied.failures;
}

}  // namespace valise
