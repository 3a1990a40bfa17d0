#include "ops/prune_survey.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "vault/device_log.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

/// What this device has signed itself, given up or not.
struct OwnLog {
  std::map<Bytes32, Bytes16> sources;  ///< By the entry of the backup.
  std::vector<GivenUp> pruned;
};

OwnLog read_own_log(const VaultView& view, const Device& self) {
  const DeviceLog log = read_device_log(view.vault, view.roots, self);
  OwnLog own;
  std::set<Bytes16> pruned(view.roots.pruned().begin(), view.roots.pruned().end());
  for (const Entry& entry : log.entries) {
    if (const auto* prune = entry.as<PrunePayload>()) {
      pruned.insert(prune->bids.begin(), prune->bids.end());
    }
  }
  for (const Entry& entry : log.entries) {
    const auto* backup = entry.as<BackupPayload>();
    if (backup == nullptr) continue;
    own.sources.emplace(entry.id, backup->source);
    if (pruned.contains(backup->bid)) own.pruned.push_back({entry.header.seq, backup->bid});
  }
  return own;
}

bool is_sound(const WriterSession& session, const ObjectTable& table, const Snapshot& snapshot) {
  const ObjectName name = container_object(snapshot.backup().bid);
  const ObjectInfo* object = table.find(name);
  if (object == nullptr || session.state.is_damaged(name)) return false;
  try {
    const auto layout = container_layout(snapshot.backup(), snapshot.entry.bytes.size(), name);
    if (object->size != layout.file_len) return false;
  } catch (const Error&) {
    return false;
  }
  return container_fault(session.vault, snapshot.entry).empty();
}

class Grouping {
 public:
  Grouping(const WriterSession& session, const ObjectTable& table, const OwnLog& own)
      : session_(session), table_(table), own_(own) {}

  void take(const std::vector<const Snapshot*>& of_one_source) {
    std::vector<std::optional<SnapshotNote>> notes;
    bool copies = false;
    bool known = false;
    Bytes16 source = of_one_source.front()->backup().source;
    std::optional<std::string> name;
    for (const Snapshot* snapshot : of_one_source) {
      notes.push_back(session_.state.note(snapshot->backup().bid));
      if (!notes.back()) continue;
      known = true;
      name = notes.back()->name;
      if (!notes.back()->origin) continue;
      copies = true;
      const auto original = own_.sources.find(notes.back()->origin->entry_id);
      if (original != own_.sources.end()) source = original->second;
    }
    PruneGroup& group = groups_[source];
    group.source = source;
    if (name) group.name = name;
    for (std::size_t i = 0; i < of_one_source.size(); ++i) {
      add(group, *of_one_source[i], notes[i], known && (!copies || notes[i].has_value()));
    }
  }

  std::vector<PruneGroup> finish() {
    std::vector<PruneGroup> all;
    for (auto& [source, group] : groups_) all.push_back(std::move(group));
    return all;
  }

 private:
  void add(PruneGroup& group, const Snapshot& snapshot, const std::optional<SnapshotNote>& note,
           bool day_known) {
    const EntryHeader& header = snapshot.entry.header;
    Keepable one;
    one.bid = snapshot.backup().bid;
    one.entry_id = snapshot.entry.id;
    one.parent = snapshot.backup().parent;
    one.shows = note && note->origin ? note->origin->entry_id : snapshot.entry.id;
    one.seq = header.seq;
    one.time = note && note->origin ? note->origin->time : header.time;
    one.signed_at = header.time;
    one.sound = is_sound(session_, table_, snapshot);
    one.day_known = day_known;
    group.snapshots.push_back(&snapshot);
    group.keepables.push_back(one);
  }

  const WriterSession& session_;
  const ObjectTable& table_;
  const OwnLog& own_;
  std::map<Bytes16, PruneGroup> groups_;
};

bool is_wanted(const PruneGroup& group, const std::string& source) {
  if (source.empty() || hex(group.source).starts_with(source) || group.name == source) return true;
  return std::any_of(group.snapshots.begin(), group.snapshots.end(), [&](const Snapshot* one) {
    return hex(one->backup().source).starts_with(source);
  });
}

void find_groups(const WriterSession& session, const OwnLog& own, const PruneOptions& options,
                 PruneSurvey& survey) {
  const Bytes32 self = session.credential.signing_key().public_key();
  std::map<Bytes16, std::vector<const Snapshot*>> by_source;
  for (const Snapshot& snapshot : survey.view->index.all()) {
    if (snapshot.entry.header.signer == self) {
      by_source[snapshot.backup().source].push_back(&snapshot);
    } else {
      ++survey.other_devices;
    }
  }
  Grouping grouping(session, survey.table, own);
  for (const auto& [source, snapshots] : by_source) grouping.take(snapshots);
  survey.groups = grouping.finish();
  std::erase_if(survey.groups,
                [&](const PruneGroup& group) { return !is_wanted(group, options.source); });
  if (survey.groups.empty() && !options.source.empty()) {
    throw Error(ErrorKind::not_found, "this device has no snapshot of a source \"" +
                                          options.source + "\"; see \"valise list\"");
  }
}

// One whose entry was lost is damage, and stays: its own end may still put the entry back.
void find_orphans(const WriterSession& session, PruneSurvey& survey) {
  for (const auto& [name, object] : survey.table.objects) {
    const auto bid = container_bid_of(name);
    if (!bid || survey.logged.backups.contains(*bid) ||
        !survey.table.older_than(object, kOrphanSeconds)) {
      continue;
    }
    if (session.pending && session.pending->as<BackupPayload>()->bid == *bid) continue;
    try {
      const auto finding = unlogged_container(session.vault, survey.logged, object, *bid);
      if (finding && finding->kind == "orphan") survey.orphans.push_back(object);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::limit) throw;
    }
  }
}

}  // namespace

KeepContext keep_context(const WriterSession& session, const Run& run, const PruneOptions& options,
                         const PruneGroup& group) {
  // The newest policy binds: a device has to know it once it names an entry of the device.
  KeepContext context{run.clock->now(), session.policy_payload().min_keep_days, {}, {}};
  if (!options.drop_missing) {
    for (const HeldSnapshot& held : session.credential.held) context.held.insert(held.bid);
  }
  for (const Snapshot* snapshot : group.snapshots) {
    const auto state = session.state.source(snapshot->backup().source);
    if (state) context.continued.insert(state->chain.back().bid);
  }
  return context;
}

PruneSurvey survey_vault(const WriterSession& session, const Run& run,
                         const PruneOptions& options) {
  PruneSurvey survey;
  survey.table = list_objects(session.vault.storage(), *run.clock);
  survey.logged = read_logged_objects(session.vault);
  survey.view = view_vault(session.vault.storage());
  const Device* self =
      survey.view->roots.find_device(session.credential.signing_key().public_key());
  if (self == nullptr) {
    throw Error(ErrorKind::corrupt, session.vault.storage().describe() +
                                        "/log: the owner's log no longer names this device");
  }
  const OwnLog own = read_own_log(*survey.view, *self);
  for (const GivenUp& one : own.pruned) {
    if (survey.table.find(container_object(one.bid)) != nullptr) survey.leftovers.push_back(one);
  }
  find_groups(session, own, options, survey);
  for (PruneGroup& group : survey.groups) {
    group.verdicts =
        judge_snapshots(group.keepables, options.keep, keep_context(session, run, options, group));
  }
  find_orphans(session, survey);
  return survey;
}

}  // namespace valise
