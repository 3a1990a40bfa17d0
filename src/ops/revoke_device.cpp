#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/device_view.hpp"
#include "ops/log_doubts.hpp"
#include "storage/local_storage.hpp"
#include "vault/device_log.hpp"
#include "vault/key_ring.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::size_t kIdDigitsMin = 4;

bool names_hex(const std::string& text) {
  return text.size() >= kIdDigitsMin &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// "laptop" (12ab34cd...), with as much of the id as tells devices apart.
std::string told(const Device& device) {
  return fmt::format("\"{}\" {}{}", device.name, hex(device.pk).substr(0, 16),
                     device.revoked ? ", revoked on " + rfc3339(device.revoked_at) : "");
}

// A name comes before an id: somebody may have called a device "beef". Of several devices of one
// name the one that is not revoked is meant, if it is the only one.
const Device& find_named(const RootChain& roots, const std::string& named) {
  std::vector<const Device*> found;
  for (const auto& [pk, device] : roots.devices()) {
    if (device.name == named) found.push_back(&device);
  }
  if (found.empty() && names_hex(named)) {
    for (const auto& [pk, device] : roots.devices()) {
      if (hex(pk).starts_with(named)) found.push_back(&device);
    }
  }
  const auto live = [](const Device* device) { return !device->revoked; };
  if (found.size() > 1 && std::count_if(found.begin(), found.end(), live) == 1) {
    return **std::find_if(found.begin(), found.end(), live);
  }
  if (found.size() == 1) return *found.front();
  std::string all;
  for (const auto& [pk, device] : roots.devices()) {
    const bool shown =
        found.empty() || std::find(found.begin(), found.end(), &device) != found.end();
    if (shown) all += (all.empty() ? "" : "; ") + told(device);
  }
  if (found.empty()) {
    throw Error(ErrorKind::not_found,
                "no device of this vault is called \"" + named + "\"; there are: " + all);
  }
  throw Error(ErrorKind::usage,
              "\"" + named + "\" names several devices; give the beginning of an id: " + all);
}

/// What the device signed, cut where it stops to count.
struct Cut {
  DeviceLog log;
  Bytes32 last_good{};
};

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

void cut_at_end(Cut& cut, const RootChain& roots, const Device& device) {
  const LogHead head = newest_head(roots, device);
  const bool holds_all = !cut.log.entries.empty() && cut.log.entries.back().header.seq >= head.seq;
  cut.last_good = holds_all ? cut.log.entries.back().id : head.entry_id;
}

// A device's clock is its own claim, and a thief's may be set back: the cut comes before the first
// entry that is later than the day, whatever those after it say.
void cut_after_day(Cut& cut, const Device& device, const std::string& day, UnixSeconds end_of_day) {
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
void cut_after_snapshot(Cut& cut, const Vault& vault, const Device& device,
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

Cut find_cut(const VaultView& view, const Device& device, const std::string& last_good) {
  Cut cut{read_device_log(view.vault, view.roots, device), device.entry.id};
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

// The owner's log as it will be: not signed yet, so nothing but a plan may come of it.
RootChain with_revocation(const RootChain& roots, const RevokePayload& revoke) {
  Entry entry;
  entry.header.seq = roots.head().seq + 1;
  entry.payload = revoke;
  RootChain revoked = roots;
  revoked.add(std::move(entry));
  return revoked;
}

// Afterwards hash links decide what counts, and not the place in the log: so they do here.
RevocationPlan plan_of(const VaultView& view, const Device& device, const Cut& cut,
                       const Run& run) {
  RevocationPlan plan;
  plan.device = view_device(view, device, own_device_key(run, view.vault.id()));
  plan.escrow = !view.roots.policy().as<PolicyPayload>()->agents.empty();
  const RootChain after = with_revocation(view.roots, {device.pk, cut.last_good});
  const SnapshotIndex index = SnapshotIndex::read(view.vault, after);
  for (const Snapshot& snapshot : index.all()) {
    if (snapshot.device->pk != device.pk) continue;
    ++plan.kept;
    plan.last_kept = snapshot.id();
    plan.last_kept_time = snapshot.time;
  }
  const DeviceLog log = read_device_log(view.vault, after, *after.find_device(device.pk));
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    const auto* backup = log.entries[i].as<BackupPayload>();
    if (backup == nullptr) continue;
    if (log.standing[i] == Standing::refused) {
      ++plan.refused;
    } else if (log.standing[i] == Standing::doubtful &&
               view.index.by_entry(log.entries[i].id) != nullptr) {
      plan.doubtful.push_back(hex(backup->bid));
    }
  }
  return plan;
}

void require_live(const Device& device) {
  if (!device.revoked) return;
  throw Error(ErrorKind::usage,
              fmt::format("the device \"{}\" ({}) was revoked on {} already; a revocation cannot "
                          "be changed",
                          device.name, hex(device.pk).substr(0, 16), rfc3339(device.revoked_at)));
}

// Whatever is signed last stands at the end of the log, and it may be a thief's. Where anything
// speaks for that, the owner has to say up to where the device is believed.
void warn_of_doubts(const VaultView& view, const Device& device, const Cut& cut, const Run& run,
                    bool end_is_last_good) {
  const auto warn = [&](const std::string& text) {
    if (run.on_warning) run.on_warning(text);
  };
  for (const LogProblem& problem : cut.log.problems) {
    warn(problem.message + (problem.unsound ? kMoveAside : "; run \"valise audit\""));
  }
  for (const Entry& entry : carried_beside(view, device, cut.log)) {
    const std::string bid = hex(entry.as<BackupPayload>()->bid);
    warn(fmt::format(
        "{}: it carries another entry {} of this device than its log holds, of {}: a run was cut "
        "short, or the one in the log is a thief's; in that case give --last-good {}, or an "
        "earlier one",
        container_object(entry.as<BackupPayload>()->bid), entry.header.seq,
        rfc3339(entry.header.time), bid));
  }
  const std::vector<std::string> doubts = log_doubts(view, device, cut.log, run);
  for (const std::string& doubt : doubts) warn(doubt);
  if (doubts.empty() || !end_is_last_good) return;
  throw Error(ErrorKind::usage,
              fmt::format("{}; so the end of its log may be a thief's: say with --last-good up to "
                          "where the device \"{}\" is to count (the last snapshot that is surely "
                          "its own, or none)",
                          doubts.front(), device.name));
}

}  // namespace

RevocationPlan revoke_device(const Run& run, const DeviceRevocation& revocation,
                             const UnlockSource& unlock,
                             const std::function<bool(const RevocationPlan&)>& confirm) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const std::unique_ptr<VaultView> view = view_vault(storage);
  view->roots.require_sound();
  const Device& device = find_named(view->roots, revocation.device);
  require_live(device);
  const Cut cut = find_cut(*view, device, revocation.last_good);
  warn_of_doubts(*view, device, cut, run, revocation.last_good.empty());
  RevocationPlan plan = plan_of(*view, device, cut, run);
  if (!confirm(plan)) {
    throw Error(ErrorKind::usage, "it was not confirmed; the device is as before");
  }
  const RootKeys owner = open_owner_key(view->vault, unlock());
  EntryHeader header;
  header.vault_id = view->vault.id();
  header.signer = owner.sign_pk();
  header.seq = view->roots.head().seq + 1;
  header.time = run.clock->now();
  header.prev = view->roots.head().entry_id;
  publish_entry(view->vault,
                sign_entry(header, RevokePayload{device.pk, cut.last_good}, owner.signing()));
  return plan;
}

}  // namespace valise
