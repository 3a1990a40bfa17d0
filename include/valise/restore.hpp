#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "valise/files.hpp"
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
  bool db_only = false;  ///< The database without its attachment files.
  /// Not empty: only the files that one of these means, and no database. POSIX fnmatch without
  /// flags on the whole path in the catalog: '*' and '?' match '/' too; or a path as it stands, a
  /// folder's (a '/' at its end may be) for all that is below it.
  std::vector<std::string> files = {};
};

struct RestoreResult {
  std::string snapshot;
  std::filesystem::path database;  ///< Where it stands now; empty where files alone were asked for.
  std::filesystem::path folder;    ///< Where files stand now, at their paths in the catalog.
  UnixSeconds time = 0;
  std::uint64_t messages = 0;
  std::uint64_t pages = 0;
  std::uint64_t bytes = 0;
  unsigned chain_length = 0;
  CheckLevel check = CheckLevel::quick;
  std::vector<std::string> check_problems;  ///< Of the source itself: the bytes are as backed up.
  std::uint64_t files = 0;                  ///< Restored, symlinks not counted.
  std::uint64_t files_bytes = 0;
  std::uint64_t links = 0;                ///< Symlinks restored: as they were, never followed.
  std::uint64_t files_missing = 0;        ///< The disk lacked them when the backup was made.
  std::uint64_t files_missing_bytes = 0;  ///< As far as the database knew their sizes.
  FileFaults files_damaged;               ///< What holds their content is missing or changed.
  /// Something in the target, or other files of the snapshot, stand in their way: see `problem`.
  FileFaults files_refused;
  double seconds = 0;
};

/// Restores one snapshot, from the vault's folder and a key alone: first its files, then its
/// database, which never stands there before all of them that can be restored. Damaged packs keep
/// only the files that they held from coming: see files_damaged. Throws usage (also where something
/// stands in the place of anything, and `overwrite` is not set), not_found, wrong_key, corrupt
/// (names the damaged object), locked, storage, cancelled.
[[nodiscard]] RestoreResult restore(const Run& run, const RestoreOptions& options,
                                    const UnlockSource& unlock);

}  // namespace valise
