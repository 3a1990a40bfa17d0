#pragma once

#include <string>
#include <vector>

#include "ops/opened_backup.hpp"
#include "state/credential.hpp"

namespace valise {

/// So many objects that nobody signed are named; more are counted.
inline constexpr std::size_t kLogProblemsToldMax = 20;

/// StatusReport::log_problems. `credential` was read before `view`. Throws Error(storage).
[[nodiscard]] std::vector<std::string> status_log_problems(const VaultView& view,
                                                           const Credential& credential);

}  // namespace valise
