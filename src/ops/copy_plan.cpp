#include "ops/copy_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/snapshot_names.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

std::vector<const Snapshot*> named_snapshots(const VaultView& from, const VaultKey& key,
                                             const CopyOptions& options) {
  const auto wanted = source_filter(from, options.source, key);
  std::vector<const Snapshot*> named;
  for (const std::string& name : options.snapshots) {
    const Snapshot* found = &find_snapshot(from, name, wanted, key);
    if (std::find(named.begin(), named.end(), found) == named.end()) named.push_back(found);
  }
  if (!options.snapshots.empty()) return named;
  // Each copy is signed by this device: a thief's would look sound.
  refuse_if_behind(from, "latest");
  for (const Snapshot& snapshot : from.index.all()) {
    if (wanted(snapshot) && !snapshot.empty_claim) named.push_back(&snapshot);
  }
  return named;
}

// A copy is signed anew, by a device that nobody has revoked: what may be a thief's would look
// sound.
void refuse_doubtful(const Snapshot& snapshot) {
  if (!snapshot.doubtful) return;
  throw Error(ErrorKind::corrupt, "backup " + snapshot.id() +
                                      ": its device was revoked, and nothing that the owner signed "
                                      "leads to it any more; restore it and look at it instead");
}

bool same_readers(const PolicyPayload& a, const PolicyPayload& b) {
  return a.k == b.k && std::equal(a.agents.begin(), a.agents.end(), b.agents.begin(),
                                  b.agents.end(), [](const Agent& one, const Agent& other) {
                                    return one.pk == other.pk && one.sign_pk == other.sign_pk;
                                  });
}

CopyReaders readers_under(const PolicyPayload& policy) {
  return {policy_word(policy), policy.k, readers_of(policy), 0};
}

/// What stands in the second vault under the readers of its policy in force.
struct Present {
  std::set<Bytes32> originals;  ///< The entries of snapshots that are no copies.
  std::set<Bytes32> origins;    ///< The entries that copies are of.
  std::uint64_t unknown = 0;
};

class PresentFinder {
 public:
  PresentFinder(const VaultView& to, const WriterSession& session) : to_(to), session_(session) {
    for (const ObjectInfo& object : to.vault.storage().list(kBackupsFolder)) {
      there_.insert(object.name);
    }
  }

  /// `key` opens the second vault, or is null; `sources` are the ids of the copies to be made.
  [[nodiscard]] Present find(const VaultKey* key, const std::set<Bytes16>& sources) {
    for (const Snapshot& snapshot : to_.index.all()) {
      if (snapshot.empty_claim || !counts(snapshot)) continue;
      const std::optional<SnapshotNote> note = session_.state.note(snapshot.backup().bid);
      if (note) {
        take(snapshot, note->origin);
      } else if (key != nullptr) {
        open(snapshot, *key);
      } else if (sources.contains(snapshot.backup().source)) {
        ++present_.unknown;
      }
    }
    return std::move(present_);
  }

 private:
  // A copy that is gone or damaged is made again.
  [[nodiscard]] bool counts(const Snapshot& snapshot) const {
    const ObjectName name = container_object(snapshot.backup().bid);
    const Entry* policy = to_.roots.find_policy(snapshot.backup().policy);
    return policy != nullptr &&
           same_readers(*policy->as<PolicyPayload>(), session_.policy_payload()) &&
           there_.contains(name) && !session_.state.is_damaged(name);
  }

  void take(const Snapshot& snapshot, const std::optional<OriginInfo>& origin) {
    if (origin) {
      present_.origins.insert(origin->entry_id);
    } else {
      present_.originals.insert(snapshot.entry.id);
      live_.insert(snapshot.backup().source);
    }
  }

  void open(const Snapshot& snapshot, const VaultKey& key) {
    if (live_.contains(snapshot.backup().source)) return take(snapshot, std::nullopt);
    try {
      take(snapshot, open_backup(to_.vault, to_.roots, snapshot, key).manifest.origin);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled) throw;
    }
  }

  const VaultView& to_;
  const WriterSession& session_;
  std::set<ObjectName> there_;
  std::set<Bytes16> live_;
  Present present_;
};

void count_readers(std::vector<std::pair<const PolicyPayload*, CopyReaders>>& counted,
                   const PolicyPayload& policy) {
  const auto known = std::find_if(counted.begin(), counted.end(), [&](const auto& each) {
    return same_readers(*each.first, policy);
  });
  if (known != counted.end()) {
    ++known->second.snapshots;
    return;
  }
  counted.emplace_back(&policy, readers_under(policy));
  counted.back().second.snapshots = 1;
}

}  // namespace

ChosenSnapshots choose_snapshots(const VaultView& from, const VaultKey& key,
                                 const CopyOptions& options) {
  ChosenSnapshots result;
  std::optional<Error> closed;
  for (const Snapshot* snapshot : named_snapshots(from, key, options)) {
    try {
      refuse_doubtful(*snapshot);
      const OpenedBackup opened = open_backup(from.vault, from.roots, *snapshot, key);
      result.chosen.push_back({snapshot,
                               opened.manifest.origin.value_or(
                                   OriginInfo{snapshot->entry.id, snapshot->entry.header.time}),
                               shown_time(*snapshot, opened.manifest)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled) throw;
      if (error.kind() == ErrorKind::wrong_key && !closed) closed = error;
      result.failures.push_back({snapshot->id(), snapshot->time, error});
    }
  }
  if (closed && result.chosen.empty()) throw Error(*closed);
  std::stable_sort(
      result.chosen.begin(), result.chosen.end(),
      [](const ChosenSnapshot& a, const ChosenSnapshot& b) { return a.shown < b.shown; });
  return result;
}

PlannedCopies plan_copies(const VaultView& from, const VaultKey& key, const WriterSession& session,
                          const CopyOptions& options, const std::vector<ChosenSnapshot>& chosen) {
  PlannedCopies planned;
  const Bytes16& from_id = from.vault.id();
  const bool same_vault = from_id == session.vault.id();
  std::map<Bytes16, Bytes16> sources;  // Of the originals, and of their copies.
  std::set<Bytes16> copy_sources;
  for (const ChosenSnapshot& each : chosen) {
    const Bytes16& source = each.snapshot->backup().source;
    sources[source] = copy_source_id(session.credential, from_id, source);
    copy_sources.insert(sources[source]);
  }
  const std::unique_ptr<VaultView> to = view_vault(session.vault.storage());
  Present present = PresentFinder(*to, session).find(same_vault ? &key : nullptr, copy_sources);

  std::vector<std::pair<const PolicyPayload*, CopyReaders>> readers;
  std::map<Bytes16, std::size_t> places;
  for (const ChosenSnapshot& each : chosen) {
    const Bytes16& source = sources[each.snapshot->backup().source];
    const auto [place, is_new] = places.emplace(source, planned.sources.size());
    if (is_new) planned.sources.push_back({source, {}});
    // One that is named is copied although the original itself stands under these readers: so a
    // long chain is folded.
    if (present.origins.contains(each.origin.entry_id) ||
        (options.snapshots.empty() && present.originals.contains(each.origin.entry_id))) {
      ++planned.plan.copied_before;
      continue;
    }
    present.origins.insert(each.origin.entry_id);
    planned.sources[place->second].snapshots.push_back(each);
    if (planned.plan.snapshots++ == 0) planned.plan.first = each.shown;
    planned.plan.last = each.shown;
    count_readers(readers,
                  *from.roots.find_policy(each.snapshot->backup().policy)->as<PolicyPayload>());
  }
  planned.unknown = present.unknown;
  planned.plan.from_vault = hex(from_id);
  planned.plan.to_vault = hex(session.vault.id());
  planned.plan.from_path = from.vault.storage().describe();
  planned.plan.to_path = session.vault.storage().describe();
  planned.plan.sources = static_cast<std::uint64_t>(
      std::count_if(planned.sources.begin(), planned.sources.end(),
                    [](const SourceCopies& copies) { return !copies.snapshots.empty(); }));
  for (auto& [policy, each] : readers) planned.plan.from.push_back(std::move(each));
  planned.plan.to = readers_under(session.policy_payload());
  planned.plan.to.snapshots = planned.plan.snapshots;
  return planned;
}

}  // namespace valise
