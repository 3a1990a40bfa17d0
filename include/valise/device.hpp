#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct AddDeviceResult {
  std::string device_id;  ///< 64 hex digits.
  std::string name;
  std::string policy;  ///< "e2ee" or "escrow".
};

/// Enrols this machine as one more writer of the vault. Throws usage (already enrolled, the name),
/// not_found, wrong_key, corrupt, storage.
[[nodiscard]] AddDeviceResult add_device(const Run& run, const std::string& name,
                                         const UnlockSource& unlock);

/// One writer of a vault, as the owner's log and its own tell of it.
struct DeviceView {
  std::string device_id;  ///< Its public signing key, 64 hex digits.
  std::string name;
  UnixSeconds enrolled = 0;
  std::optional<UnixSeconds> revoked;
  bool self = false;          ///< This machine is enrolled as it.
  std::uint64_t backups = 0;  ///< That count and were not pruned.
  std::uint64_t refused = 0;  ///< Signed after the last good entry of its revocation.
  std::optional<UnixSeconds> last_backup;
};

/// Every device that the owner has enrolled, in that order. No key is needed. Throws not_found,
/// corrupt, storage.
[[nodiscard]] std::vector<DeviceView> list_devices(const Run& run);

struct DeviceRevocation {
  std::string device;  ///< Its name, or 4 or more hex digits of its id.
  /// The last that counts of what it signed: "" for all that the vault holds now, "none", a day
  /// (YYYY-MM-DD, by the device's own clock, and not before all that it signed), or 4 or more hex
  /// digits of one of its snapshots, in the log or in a container.
  std::string last_good;
};

/// What a revocation does, before it is signed.
struct RevocationPlan {
  DeviceView device;  ///< As it is now; its counts are those of before.
  std::uint64_t kept = 0;
  std::uint64_t refused = 0;
  /// Snapshot ids of those before the last good entry to which nothing leads from it, because the
  /// log has a hole or another branch: they open by these full ids alone.
  std::vector<std::string> doubtful;
  std::string last_kept;  ///< The snapshot id of the last backup that stays good; empty for none.
  UnixSeconds last_kept_time = 0;
  bool escrow = false;  ///< Agents' pre-shared keys are among what the device holds.
};

/// Signs a revocation: what the device signed after its last good entry does not count any more,
/// for any reader, and the device itself stops. It cannot be taken back. `confirm` gets the plan
/// before the key is asked for, and ends the verb with Error(usage) by returning false. Throws
/// usage (an ambiguous name, a device that is revoked already, a day before all that it signed, no
/// last good one where the end of its log may be a thief's), not_found, wrong_key, corrupt,
/// storage.
[[nodiscard]] RevocationPlan revoke_device(
    const Run& run, const DeviceRevocation& revocation, const UnlockSource& unlock,
    const std::function<bool(const RevocationPlan&)>& confirm);

}  // namespace valise
