#pragma once

#include "ops/opened_backup.hpp"
#include "valise/device.hpp"

namespace valise {

/// `own_pk` is this machine's key in the vault, if it has one.
[[nodiscard]] DeviceView view_device(const VaultView& view, const Device& device,
                                     const std::optional<Bytes32>& own_pk);

/// This machine's public key in the vault; nothing where it is not enrolled.
[[nodiscard]] std::optional<Bytes32> own_device_key(const Run& run, const Bytes16& vault_id);

}  // namespace valise
