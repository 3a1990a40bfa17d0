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
  std::string kind;    ///< "damaged", "missing", "orphan", "unreferenced", "leftover", ...
  std::string problem;
  bool error = false;  ///< Orphans, unreferenced packs and leftovers are not errors.
  bool quarantined = false;
};

struct ScrubReport {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t errors = 0;
  std::vector<ScrubFinding> findings;
  double seconds = 0;
};

/// Reads every byte of every object, with no key. Throws not_found, storage, cancelled.
[[nodiscard]] ScrubReport scrub(const Run& run, const ScrubOptions& options);

}  // namespace valise
