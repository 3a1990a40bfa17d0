#include "ops/prune.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/chain_decision.hpp"
#include "ops/prune_compaction.hpp"
#include "ops/prune_survey.hpp"
#include "storage/local_storage.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void require_rules(const PruneOptions& options) {
  if (!options.keep.none()) return;
  throw Error(ErrorKind::usage,
              "what is to be kept? Give a rule, for example \"valise prune --keep-daily 14 "
              "--keep-monthly 12\"");
}

void stop_if_rolled_back(const WriterSession& session) {
  if (!session.rolled_back) return;
  throw Error(ErrorKind::audit_finding,
              session.vault.storage().describe() +
                  ": the vault's log is older than this device remembers: somebody has put back an "
                  "old state of the storage. Nothing was pruned; run \"valise audit\", and look at "
                  "who can write there");
}

std::uint64_t size_in(const ObjectTable& table, const ObjectName& name) {
  const ObjectInfo* object = table.find(name);
  return object == nullptr ? 0 : object->size;
}

PruneRow prune_row(const PruneGroup& group, std::size_t i, const ObjectTable& table) {
  const Keepable& one = group.keepables[i];
  PruneRow row;
  row.snapshot = hex(one.bid);
  row.source = hex(group.source);
  row.name = group.name;
  row.time = one.time;
  row.full = is_zero(one.parent);
  row.copy = one.shows != one.entry_id;
  row.keep = group.verdicts[i].keep;
  row.reasons = group.verdicts[i].reasons;
  row.bytes = size_in(table, container_object(one.bid));
  return row;
}

/// One prune of one device, from what stands in the vault to what is gone.
class Pruning {
 public:
  Pruning(WriterSession& session, const Run& run, PruneSurvey survey, PruneReport& report)
      : session_(session), run_(run), survey_(std::move(survey)), report_(report) {
    for (const PruneGroup& group : survey_.groups) take_group(group);
    for (const GivenUp& one : survey_.leftovers) give_up(one);
    // No increment is left whose parent is gone while it still stands.
    std::sort(going_.begin(), going_.end(),
              [](const GivenUp& a, const GivenUp& b) { return a.seq > b.seq; });
    for (const ObjectInfo& orphan : survey_.orphans) report_.bytes_freed += orphan.size;
    report_.leftovers = survey_.leftovers.size();
    report_.orphans = survey_.orphans.size();
    report_.other_devices = survey_.other_devices;
    unused_ =
        find_unused_packs(session_.vault, survey_.view->index, survey_.logged, survey_.table, run_);
    note_packs(unused_.packs);
  }

  /// First the entries, so that a container that is gone was given up by a signed word.
  void carry_out() {
    for (std::size_t at = 0; at < going_.size(); at += kPruneCountMax) {
      publish(at, std::min(going_.size(), at + kPruneCountMax));
    }
    for (const GivenUp& one : going_) remove(container_object(one.bid));
    for (const ObjectInfo& orphan : survey_.orphans) remove(orphan.name);
    note_packs(
        remove_unused_packs(session_.vault, survey_.view->index, survey_.logged, unused_, run_));
  }

 private:
  void take_group(const PruneGroup& group) {
    std::vector<std::size_t> order(group.keepables.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const Keepable& one = group.keepables[a];
      const Keepable& other = group.keepables[b];
      return std::pair(one.time, one.seq) > std::pair(other.time, other.seq);
    });
    for (const std::size_t i : order) {
      if (group.keepables[i].planned) {
        if (group.verdicts[i].keep) ++report_.kept;
        continue;
      }
      report_.rows.push_back(prune_row(group, i, survey_.table));
      if (group.verdicts[i].held) ++report_.held;
      if (group.verdicts[i].keep) {
        ++report_.kept;
        continue;
      }
      ++report_.pruned;
      takes_packs_ = takes_packs_ || group.snapshots[i]->backup().media_count > 0;
      give_up({group.keepables[i].seq, group.keepables[i].bid});
    }
  }

  void give_up(const GivenUp& one) {
    going_.push_back(one);
    report_.bytes_freed += size_in(survey_.table, container_object(one.bid));
  }

  void note_packs(const std::vector<ObjectInfo>& packs) {
    report_.packs = packs.size();
    report_.pack_bytes = 0;
    for (const ObjectInfo& pack : packs) report_.pack_bytes += pack.size;
    report_.packs_wait = unused_.wait;
    report_.packs_later = takes_packs_;
  }

  void publish(std::size_t begin, std::size_t end) {
    PrunePayload payload;
    for (std::size_t i = begin; i < end; ++i) payload.bids.push_back(going_[i].bid);
    EntryHeader header;
    header.vault_id = session_.vault.id();
    header.seq = session_.credential.own.seq + 1;
    header.time = run_.clock->now();
    header.prev = session_.credential.own.entry_id;
    const Entry entry = sign_entry(header, payload, session_.credential.signing_key());
    // Cut short between here and the end, the next run knows its own entry.
    session_.credential.announced = {entry.header.seq, entry.id};
    save_credential(run_.places.config_dir, session_.credential);
    session_.publish(run_, entry);
  }

  void remove(const ObjectName& name) {
    if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
    session_.vault.storage().remove(name);
  }

  WriterSession& session_;
  const Run& run_;
  PruneSurvey survey_;
  PruneReport& report_;
  std::vector<GivenUp> going_;  // The newest first.
  UnusedPacks unused_;
  bool takes_packs_ = false;  // What goes names media packs.
};

// Of the sources that are pruned now; the rules alone decide from now on.
void forget_held(WriterSession& session, const PruneSurvey& survey) {
  for (const PruneGroup& group : survey.groups) {
    for (const Keepable& one : group.keepables) {
      std::erase_if(session.credential.held,
                    [&](const HeldSnapshot& held) { return held.bid == one.bid; });
    }
  }
}

void warn_of_pending(const WriterSession& session, const Run& run) {
  if (!session.pending || !run.on_warning) return;
  run.on_warning(
      "the last backup was cut short and is not complete yet; the next run, which "
      "completes it, counts one snapshot more than this plan");
}

}  // namespace

PruneReport prune_in(Storage& storage, const Run& run, const PruneOptions& options,
                     const UnlockSource& unlock,
                     const std::function<void(const PruneReport&)>& on_plan) {
  require_rules(options);
  PruneReport report;
  if (options.compact) compact_chains(storage, run, options, unlock, report);
  WriterSession session =
      WriterSession::open(storage, run, options.dry_run ? Turn::look : Turn::write);
  stop_if_rolled_back(session);
  warn_of_pending(session, run);
  PruneSurvey survey = survey_vault(session, run, options);
  // The owner may just have asked for backups to be kept longer.
  while (session.adopt_policy(run)) survey = survey_vault(session, run, options);
  if (options.compact && options.dry_run) assume_copies(session, run, options, survey);
  warn_of_problems(run, survey.view->index);
  if (options.drop_missing) forget_held(session, survey);
  Pruning pruning(session, run, std::move(survey), report);
  if (on_plan) on_plan(report);
  if (options.dry_run) return report;
  if (options.drop_missing) session.keep_credential(run);
  pruning.carry_out();
  return report;
}

PruneReport prune(const Run& run, const PruneOptions& options, const UnlockSource& unlock,
                  const std::function<void(const PruneReport&)>& on_plan) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return prune_in(storage, run, options, unlock, on_plan);
}

}  // namespace valise
