#include "ops/prune_compaction.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/random.hpp"
#include "ops/copy.hpp"

namespace valise {
namespace {

struct ChainShare {
  std::string full;
  std::vector<std::size_t> kept;  ///< By a rule; indices into the group's snapshots.
  bool carries = false;           ///< Something stays only because another one builds on it.
  std::string fixed;              ///< Why it is left as it is; empty where it is not.
  [[nodiscard]] bool goes() const { return carries && fixed.empty(); }
};

std::string why_fixed(const Keepable& one, const Verdict& verdict, const KeepContext& context) {
  if (one.shows != one.entry_id) return "it consists of copies";
  if (context.continued.contains(one.bid)) {
    return "the next backup builds on it; \"valise backup --full\" begins a new one";
  }
  return verdict.pinned ? verdict.reasons.front() : "";
}

// What a chain holds, by its full.
std::map<Bytes32, ChainShare> chains_of(const PruneSurvey& survey, const PruneGroup& group,
                                        const KeepContext& context) {
  std::map<Bytes32, ChainShare> chains;
  for (std::size_t i = 0; i < group.snapshots.size(); ++i) {
    const Verdict& verdict = group.verdicts[i];
    if (!verdict.keep) continue;
    std::vector<const Snapshot*> chain;
    try {
      chain = survey.view->index.chain_of(*group.snapshots[i]);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      continue;
    }
    ChainShare& share = chains[chain.front()->entry.id];
    share.full = chain.front()->id();
    if (verdict.by_rule) {
      share.kept.push_back(i);
    } else {
      share.carries = true;
    }
    if (share.fixed.empty()) share.fixed = why_fixed(group.keepables[i], verdict, context);
  }
  return chains;
}

std::vector<std::string> snapshots_to_copy(Storage& storage, const Run& run,
                                           const PruneOptions& options, PruneReport& report) {
  const WriterSession session = WriterSession::open(storage, run, Turn::look);
  const PruneSurvey survey = survey_vault(session, run, options);
  std::vector<std::string> names;
  for (const PruneGroup& group : survey.groups) {
    const KeepContext context = keep_context(session, run, options, group);
    for (const auto& [full, share] : chains_of(survey, group, context)) {
      if (!share.carries) continue;
      if (!share.goes()) {
        report.chains_left.push_back({share.full, share.fixed});
        continue;
      }
      for (const std::size_t i : share.kept) names.push_back(hex(group.keepables[i].bid));
    }
  }
  return names;
}

// It shows the same day, is written after all others, and what it builds on are copies as well.
Keepable copy_of(const Keepable& original, std::uint64_t seq, UnixSeconds now) {
  Keepable copy = original;
  copy.planned = true;
  copy.bid = {};
  copy.entry_id = random_array<32>();
  copy.parent = {};
  copy.seq = seq;
  copy.signed_at = now;
  copy.sound = true;
  return copy;
}

}  // namespace

void compact_chains(Storage& storage, const Run& run, const PruneOptions& options,
                    const UnlockSource& unlock, PruneReport& report) {
  CopyOptions copies;
  copies.snapshots = snapshots_to_copy(storage, run, options, report);
  // The originals go: what a missing pack would give back one day must not go with them.
  copies.whole = true;
  report.copied = copies.snapshots.size();
  if (copies.snapshots.empty() || options.dry_run) return;
  const CopyReport copied = copy_between(storage, storage, run, copies, unlock);
  report.copied = copied.copies.size();
  report.bytes_added = copied.bytes_added;
  report.failures = copied.failures;
}

void assume_copies(const WriterSession& session, const Run& run, const PruneOptions& options,
                   PruneSurvey& survey) {
  for (PruneGroup& group : survey.groups) {
    const KeepContext context = keep_context(session, run, options, group);
    std::uint64_t seq = 0;
    for (const Keepable& one : group.keepables) seq = std::max(seq, one.seq);
    std::vector<std::size_t> copied;
    for (const auto& [full, share] : chains_of(survey, group, context)) {
      if (share.goes()) copied.insert(copied.end(), share.kept.begin(), share.kept.end());
    }
    for (const std::size_t i : copied) {
      group.keepables.push_back(copy_of(group.keepables[i], ++seq, context.now));
    }
    group.verdicts = judge_snapshots(group.keepables, options.keep, context);
    for (const std::size_t i : copied) {
      if (!group.verdicts[i].keep) group.verdicts[i].reasons = {"copied first"};
    }
  }
}

}  // namespace valise
