#include "ops/snapshot_names.hpp"

#include <limits>
#include <set>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace valise {
namespace {

/// Asks the manifests no more often than it must: the snapshots of one source are all copies, or
/// none of them is (formats/entry.md).
class ShownTimes {
 public:
  ShownTimes(const VaultView& view, const VaultKey& key) : view_(view), key_(key) {}

  [[nodiscard]] UnixSeconds of(const Snapshot& snapshot) {
    if (live_.contains(snapshot.backup().source)) return snapshot.time;
    try {
      const Manifest manifest = open_backup(view_.vault, view_.roots, snapshot, key_).manifest;
      if (!manifest.origin) live_.insert(snapshot.backup().source);
      return shown_time(snapshot, manifest);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled) throw;
      return snapshot.time;
    }
  }

 private:
  const VaultView& view_;
  const VaultKey& key_;
  std::set<Bytes16> live_;
};

}  // namespace

UnixSeconds shown_time(const Snapshot& snapshot, const Manifest& manifest) noexcept {
  return manifest.origin ? manifest.captured_at : snapshot.time;
}

void check_snapshot_name(const VaultView& view, const std::string& name) {
  refuse_if_behind(view, name);
  const bool is_date = end_of_day(name).has_value();
  static_cast<void>(
      view.index.find(is_date ? "latest" : name, [](const Snapshot&) { return true; }));
}

const Snapshot& find_snapshot(const VaultView& view, const std::string& name,
                              const std::function<bool(const Snapshot&)>& wanted,
                              const VaultKey& key) {
  refuse_if_behind(view, name);
  if (SnapshotIndex::names_id(name)) return view.index.find(name, wanted);
  const UnixSeconds limit = end_of_day(name).value_or(std::numeric_limits<UnixSeconds>::max());
  ShownTimes times(view, key);
  const Snapshot* found = nullptr;
  UnixSeconds found_time = 0;
  const std::vector<Snapshot>& all = view.index.all();
  for (auto snapshot = all.rbegin(); snapshot != all.rend(); ++snapshot) {
    // What is left was signed no later than this one, and shows no later day than it was signed.
    if (found != nullptr && snapshot->time <= found_time) break;
    if (snapshot->empty_claim || !wanted(*snapshot)) continue;
    const UnixSeconds time = times.of(*snapshot);
    if (time > limit || (found != nullptr && time <= found_time)) continue;
    found = &*snapshot;
    found_time = time;
  }
  if (found != nullptr) return *found;
  throw Error(ErrorKind::not_found, "there is no snapshot \"" + name + "\"; see \"valise list\"");
}

}  // namespace valise
