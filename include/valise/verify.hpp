#pragma once

#include <string>
#include <vector>

#include "valise/files.hpp"
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
  std::uint64_t files = 0;  ///< Attachment files whose content was looked at.
  std::uint64_t files_bytes = 0;
  std::uint64_t files_missing = 0;  ///< Recorded as missing when the backup was made: no problem.
  FileFaults files_damaged = {};
  /// A restore of the whole snapshot leaves these out, whatever its target is: other files of the
  /// snapshot, or its database, come back in their places. Each can be restored alone, and they are
  /// no reason not to be ok.
  FileFaults files_refused = {};
};

struct VerifyReport {
  std::vector<VerifiedSnapshot> snapshots;
  std::uint64_t failed = 0;
  double seconds = 0;
};

/// Rebuilds and proves without keeping anything, attachment files included: the content of each is
/// read once and compared with its hash. One damaged object never hides another's health:
/// the report names each. Throws usage, not_found, wrong_key, storage, cancelled.
[[nodiscard]] VerifyReport verify(const Run& run, const VerifyOptions& options,
                                  const UnlockSource& unlock);

}  // namespace valise
