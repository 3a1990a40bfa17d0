#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

enum class CheckLevel { none, quick, full };

struct RestoreOptions {
  /// "latest", an id prefix of 4 or more hex digits, or a date (YYYY-MM-DD: the newest on or
  /// before it).
  std::string snapshot = "latest";
  std::string source;        ///< Only snapshots of this source: id prefix or file name.
  std::filesystem::path to;  ///< The target folder; made if absent.
  bool overwrite = false;
  CheckLevel check = CheckLevel::quick;
};

struct RestoreResult {
  std::string snapshot;
  std::filesystem::path database;  ///< Where it stands now.
  UnixSeconds time = 0;
  std::uint64_t messages = 0;
  std::uint64_t pages = 0;
  std::uint64_t bytes = 0;
  unsigned chain_length = 0;
  CheckLevel check = CheckLevel::quick;
  std::vector<std::string> check_problems;  ///< Of the source itself: the bytes are as backed up.
  double seconds = 0;
};

/// Restores one snapshot, from the vault's folder and a key alone. Throws usage, not_found,
/// wrong_key, corrupt (names the damaged object), storage, cancelled.
[[nodiscard]] RestoreResult restore(const Run& run, const RestoreOptions& options,
                                    const UnlockSource& unlock);

}  // namespace valise
