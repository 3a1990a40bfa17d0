#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "valise/run.hpp"

namespace valise {

struct BackupOptions {
  std::vector<std::filesystem::path> sources;  ///< Empty: the sources backed up before.
  bool full = false;                           ///< Start a new chain.
  bool dry_run = false;                        ///< Say what would be done; write nothing.
};

/// What a copy was made of. Of a copy of a copy it is the first one.
struct Origin {
  std::string entry_id;  ///< 64 hex digits.
  UnixSeconds time = 0;  ///< Of that entry.
};

/// What one source's run did.
struct BackupSummary {
  std::string snapshot;  ///< 32 hex digits; empty in a dry run.
  bool full = false;
  std::string why_full;  ///< One line; empty for an increment.
  std::string policy;    ///< "e2ee" or "escrow".
  unsigned k = 0;
  std::vector<Reader> readers;
  std::filesystem::path source;
  std::string source_id;  ///< 32 hex digits.
  std::string profile;
  std::string schema_version;
  std::uint64_t messages = 0;
  std::optional<std::int64_t> first_message;  ///< Unix seconds.
  std::optional<std::int64_t> last_message;
  std::uint64_t database_bytes = 0;
  std::uint64_t pages = 0;
  std::uint64_t pages_changed = 0;
  std::uint64_t bytes_added = 0;  ///< All that the run added to the vault.
  double seconds = 0;
  UnixSeconds time = 0;
  bool dry_run = false;
  // Of a copy (copy.hpp):
  std::optional<Origin> origin;
  std::string copied_from;      ///< The snapshot that was opened, 32 hex digits.
  UnixSeconds captured_at = 0;  ///< When the original was.
};

struct BackupReport {
  std::vector<BackupSummary> sources;
  /// Error(source) for each source that could not be read; the others were backed up all the same.
  std::vector<Error> failures;
  /// The vault's log is older than this device remembers: someone rolled the storage back. The
  /// backup was made (as a full); the command line exits with audit_finding.
  bool rolled_back = false;
};

/// Backs up each source, one after the other, without any secret that opens the vault. A source
/// that cannot be read is in the report's failures. Throws not_found (no vault; this device is not
/// enrolled), locked, storage, corrupt, limit, cancelled. `on_summary` is called as each source is
/// committed, `on_failure` as one fails; both may be empty.
[[nodiscard]] BackupReport backup(const Run& run, const BackupOptions& options,
                                  const std::function<void(const BackupSummary&)>& on_summary = {},
                                  const std::function<void(const Error&)>& on_failure = {});

/// Takes these out of the list of sources that are backed up when none is named; their snapshots
/// stay. Throws usage when one is not in the list, not_found, locked, storage.
void forget_sources(const Run& run, const std::vector<std::filesystem::path>& sources);

}  // namespace valise
