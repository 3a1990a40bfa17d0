#pragma once

#include <string>

#include "ops/opened_backup.hpp"
#include "vault/device_log.hpp"

namespace valise {

/// What a device signed, cut where it stops to count.
struct DeviceCut {
  DeviceLog log;
  Bytes32 last_good{};  ///< The last entry that counts: the device's own one where none does.
};

/// The cut at what the owner calls last good: a day as 2026-01-31, the beginning of a snapshot's
/// id, "none"; "" is the end of the log. Throws Error(usage), Error(not_found), Error(storage).
[[nodiscard]] DeviceCut find_cut(const VaultView& view, const Device& device,
                                 const std::string& last_good);

}  // namespace valise
