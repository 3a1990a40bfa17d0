#pragma once

#include <string>
#include <vector>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct VerifyOptions {
  std::string snapshot = "latest";  ///< As in RestoreOptions.
  std::string source;
  bool all = false;  ///< Every snapshot; each chain is walked once.
};

struct VerifiedSnapshot {
  std::string snapshot;
  UnixSeconds time = 0;
  bool ok = false;
  std::string problem;  ///< Names the damaged object; empty when ok.
  std::uint64_t messages = 0;
  std::vector<std::string> check_problems;
};

struct VerifyReport {
  std::vector<VerifiedSnapshot> snapshots;
  std::uint64_t failed = 0;
  double seconds = 0;
};

/// Rebuilds and proves without keeping anything. One damaged object never hides another's health:
/// the report names each. Throws usage, not_found, wrong_key, storage, cancelled.
[[nodiscard]] VerifyReport verify(const Run& run, const VerifyOptions& options,
                                  const UnlockSource& unlock);

}  // namespace valise
