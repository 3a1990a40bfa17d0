#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/run.hpp"

namespace valise {

/// A database that can be backed up, or is.
struct SourceRow {
  std::filesystem::path path;  ///< Canonical, where it can be.
  bool installed = false;      ///< It stands where its app usually keeps it.
  bool backed_up = false;      ///< It is among those that a backup without a source takes.
  /// By its tables; of one that cannot be read by its place, and empty where that tells nothing.
  std::string profile;
  std::string problem;  ///< Why it cannot be read, and what to do; empty if it can.
  // What was read:
  std::string schema_version;
  std::vector<std::string> absent_tables;  ///< Of the app's that are looked for.
  std::uint64_t messages = 0;
  std::optional<std::int64_t> first_message;  ///< Unix seconds.
  std::optional<std::int64_t> last_message;
  std::uint64_t attachments = 0;          ///< Files that its rows name, each once.
  std::uint64_t attachments_outside = 0;  ///< Rows that name a file elsewhere; never taken along.
  /// When this device last backed it up into the vault, if its state knows.
  std::optional<UnixSeconds> last_backup;
};

struct SourcesReport {
  std::vector<SourceRow> sources;  ///< What is backed up first, in that order; then the others.
  /// Why the vault tells nothing of what is backed up (there is none, or this device is not
  /// enrolled in it); empty if it does.
  std::string vault_problem;
};

/// Looks for the databases of the apps that valise knows, and at those that this device backs up
/// into the vault of `run`. Needs no secret and writes nothing; without a vault it tells what is
/// installed. A database that cannot be read is a row with a problem. Throws corrupt, storage,
/// cancelled.
[[nodiscard]] SourcesReport list_sources(const Run& run);

/// What there is to choose from when a backup is given no source: what is installed, if this device
/// backs nothing up yet; else nothing, for then that is what is taken. Nothing, too, where the
/// vault cannot be opened: it is for the backup to say why. Throws cancelled.
[[nodiscard]] std::vector<SourceRow> sources_to_choose(const Run& run);

}  // namespace valise
