#pragma once

#include <vector>

#include "vault/root_chain.hpp"

namespace valise {

/// What one device signed, in order.
struct DeviceLog {
  std::vector<Entry> entries;  ///< Those that do not fit the log are left out.
  /// The first so many count. What a revoked device signed after its last good entry is a thief's.
  std::size_t good = 0;
  std::vector<LogProblem> problems;
};

/// Reads the log of a certified device. Where the last good entry of a revoked device is gone, only
/// what stands in an unbroken row from the start counts, and a problem "rollback" says so: else the
/// storage's host could take that entry away and so bring to life what came after it.
[[nodiscard]] DeviceLog read_device_log(const Vault& vault, const Device& device);

}  // namespace valise
