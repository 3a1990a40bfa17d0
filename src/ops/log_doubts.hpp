#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ops/opened_backup.hpp"
#include "state/credential.hpp"
#include "vault/device_log.hpp"

namespace valise {

/// The entry that a run which was cut short left in this machine's state: it may have been
/// published before the credential knew of it. Nothing where the state cannot be read either.
[[nodiscard]] std::optional<Bytes> pending_of(const Run& run, const Vault& vault,
                                              const Credential& credential);

/// Warns where the log of this machine's own device, which ends with `end`, goes on after the last
/// entry that its credential remembers, and not just with the pending or announced one: nobody can
/// tell an older credential that was put back from a copy at large.
[[nodiscard]] std::optional<std::string> beyond_own_memory(const Credential& credential,
                                                           const LogHead& end,
                                                           const std::optional<Bytes>& pending);

/// The way out, to put after it.
[[nodiscard]] std::string copy_at_large(const Credential& credential);

/// What speaks against the end of a device's log as the place up to which it counts: entries that
/// are not those that this machine signed itself (where it is that device), that it does not
/// remember, or that are not those the owner's policies name. One sentence each; empty where
/// nothing does. Throws Error(storage).
[[nodiscard]] std::vector<std::string> log_doubts(const VaultView& view, const Device& device,
                                                  const DeviceLog& log, const Run& run);

/// Entries of the device at the ends of containers whose ids `wanted` accepts. Throws
/// Error(storage).
[[nodiscard]] std::vector<Entry> carried_entries(const Vault& vault, const Device& device,
                                                 const std::function<bool(const Bytes16&)>& wanted);

/// The same for entries that stand beside one of the same number in the log: what a run leaves that
/// was cut short, or what the device really signed where the log was forged.
[[nodiscard]] std::vector<Entry> carried_beside(const VaultView& view, const Device& device,
                                                const DeviceLog& log);

}  // namespace valise
