#pragma once

#include <string>
#include <vector>

#include "ops/opened_backup.hpp"
#include "valise/policy.hpp"

namespace valise {

[[nodiscard]] PolicyView view_policy(const Entry& policy);

/// What a change to `after` means, one sentence each; `view` is the vault before the change.
[[nodiscard]] std::vector<std::string> policy_consequences(const VaultView& view,
                                                           const PolicyPayload& after);

}  // namespace valise
