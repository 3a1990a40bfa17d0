#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/device_cut.hpp"
#include "ops/device_view.hpp"
#include "ops/log_doubts.hpp"
#include "ops/named_device.hpp"
#include "storage/local_storage.hpp"
#include "vault/key_ring.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

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
RevocationPlan plan_of(const VaultView& view, const Device& device, const DeviceCut& cut,
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
void warn_of_doubts(const VaultView& view, const Device& device, const DeviceCut& cut,
                    const Run& run, bool end_is_last_good) {
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
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  refuse_to_sign_behind(view->behind);
  view->roots.require_sound();
  const Device& device = find_named(view->roots, revocation.device);
  require_live(device);
  const DeviceCut cut = find_cut(*view, device, revocation.last_good);
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
