#pragma once

#include <string>
#include <vector>

#include "valise/run.hpp"

namespace valise {

struct ScrubOptions {
  bool quarantine = false;  ///< Move damaged objects to damaged/.
};

struct ScrubFinding {
  std::string object;  ///< Its name in the vault.
  /// "damaged", "missing", "unlogged" (its entry was lost), "claimed" (and another device claims
  /// its id), "orphan", "empty-claim", "unreferenced", "leftover" or "unknown".
  std::string kind;
  std::string problem;
  bool error = false;  ///< The last five are none.
  bool quarantined = false;
};

struct ScrubReport {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t errors = 0;
  std::vector<ScrubFinding> findings;
  double seconds = 0;
};

/// Reads every byte of every object, with no key. What it finds is noted for `status` and the next
/// backup, but not where this device's last backup went to another folder. Throws not_found,
/// storage, cancelled.
[[nodiscard]] ScrubReport scrub(const Run& run, const ScrubOptions& options);

}  // namespace valise
