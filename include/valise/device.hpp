#pragma once

#include <string>

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

}  // namespace valise
