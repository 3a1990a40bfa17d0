#include "ops/device_cut.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/log_doubts.hpp"
#include "ops/named_device.hpp"

namespace valise {
namespace {

// The newest place in the device's log that the owner has signed before: it was there, even where
// the vault has lost it since.
LogHead newest_head(const RootChain& roots, const Device& device) {
  LogHead newest = device.start();
  for (const Entry& policy : roots.policies()) {
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      if (head.device_pk == device.pk && head.seq >= newest.seq) newest = {head.seq, head.entry_id};
    }
  }
  return newest;
}

void cut_at_end(DeviceCut& cut, const RootChain& roots, const Device& device) {
  const LogHead head = newest_head(roots, device);
  const bool holds_all = !cut.log.entries.empty() && cut.log.entries.back().header.seq >= head.seq;
  cut.last_good = holds_all ? cut.log.entries.back().id : head.entry_id;
}

// A device's clock is its own claim, and a thief's may be set back: the cut comes before the first
// entry that is later than the day, whatever those after it say.
void cut_after_day(DeviceCut& cut, const Device& device, const std::string& day,
                   UnixSeconds end_of_day) {
  const auto later =
      std::find_if(cut.log.entries.begin(), cut.log.entries.end(),
                   [&](const Entry& entry) { return entry.header.time > end_of_day; });
  const auto kept = static_cast<std::size_t>(later - cut.log.entries.begin());
  // A slip in the year would refuse every backup for ever.
  const UnixSeconds first =
      cut.log.entries.empty() ? device.entry.header.time : cut.log.entries.front().header.time;
  if (kept == 0 && end_of_day < first) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is before the first entry of the device \"{}\", which is of {}, so "
                            "none of its backups would stay good; if that is meant, give "
                            "\"--last-good none\"",
                            day, device.name, rfc3339(first)));
  }
  if (kept > 0) cut.last_good = cut.log.entries[kept - 1].id;
}

// In the log, or where the log lost it or holds another one in its place, in the container.
void cut_after_snapshot(DeviceCut& cut, const Vault& vault, const Device& device,
                        const std::string& prefix) {
  const auto meant = [&](const Bytes16& bid) { return hex(bid).starts_with(prefix); };
  std::set<Bytes32> found;
  std::set<Bytes16> bids;
  const auto take = [&](const Entry& entry) {
    const auto* backup = entry.as<BackupPayload>();
    if (backup == nullptr || !meant(backup->bid)) return;
    found.insert(entry.id);
    bids.insert(backup->bid);
  };
  for (const Entry& entry : cut.log.entries) take(entry);
  for (const Entry& entry : carried_entries(vault, device, meant)) take(entry);
  if (found.empty()) {
    throw Error(ErrorKind::not_found, "no backup of the device \"" + device.name +
                                          "\" has an id that begins with \"" + prefix +
                                          "\"; see \"valise list\"");
  }
  if (bids.size() > 1) {
    throw Error(ErrorKind::usage,
                "\"" + prefix + "\" names several backups of that device; give more digits");
  }
  if (found.size() > 1) {
    throw Error(ErrorKind::usage, "backup " + hex(*bids.begin()) +
                                      " is claimed by several entries of that device, of which one "
                                      "may be a thief's; give an earlier snapshot");
  }
  cut.last_good = *found.begin();
}

}  // namespace

DeviceCut find_cut(const VaultView& view, const Device& device, const std::string& last_good) {
  DeviceCut cut{read_device_log(view.vault, view.roots, device), device.entry.id};
  if (last_good.empty()) {
    cut_at_end(cut, view.roots, device);
  } else if (const auto day = end_of_day(last_good)) {
    cut_after_day(cut, device, last_good, *day);
  } else if (names_hex(last_good)) {
    cut_after_snapshot(cut, view.vault, device, last_good);
  } else if (last_good != "none") {
    throw Error(ErrorKind::usage, "\"" + last_good +
                                      "\" names nothing that is last good: give a day as "
                                      "2026-01-31, 4 or more hex digits of a snapshot, or none");
  }
  return cut;
}

}  // namespace valise
